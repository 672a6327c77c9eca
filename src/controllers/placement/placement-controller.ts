import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { podEvent } from "../pod-events/pod-events.ts";
import type { WireController } from "../wires/wire-controller.ts";
import { describeWaiting, projectUnplacedPod, type UnplacedPod } from "./waiting-pod.ts";

export interface PlacementControllerOptions {
  readonly client: ApiClient;
  readonly wires: Pick<WireController, "nodes" | "onChange" | "hasSynced" | "whenSynced">;
  readonly record: (note: EventNote) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "placement";
/** A pod that waits no longer than this gets no Event, and changes in this time become one. */
const gatherMs = 1_000;

/** Tells pods that wait for a wire what they wait for, once for each text. It runs while this process leads. */
export async function runPlacementController(options: PlacementControllerOptions, signal: AbortSignal): Promise<void> {
  const { client, wires, record, clock, logger, metrics } = options;
  const queue = new WorkQueue({ name: controller, clock, metrics });
  const told = new Map<string, string>();
  // A pod that gets a node leaves what is watched.
  const pods = new Informer({
    name: controller,
    client,
    resource: resources.pods,
    labelSelector: annotationKeys.allocation.key,
    fieldSelector: "spec.nodeName=,status.phase=Pending",
    project: projectUnplacedPod,
    indexers: {},
    clock,
    logger,
    metrics,
  });
  const add = (pod: UnplacedPod): void => {
    if (pod.isRefused && pod.wires.length > 0) queue.addAfter(`${pod.namespace}/${pod.name}`, gatherMs);
  };
  pods.addHandler({
    added: add,
    updated: (_old, pod) => {
      add(pod);
    },
    deleted: ({ uid }) => {
      told.delete(uid);
    },
  });
  wires.onChange(() => {
    for (const pod of pods.values()) add(pod);
  });
  const tell = (key: string): void => {
    const pod = pods.get(key);
    if (pod?.isRefused !== true) return;
    const text = describeWaiting(pod, wires.nodes());
    if (told.get(pod.uid) === text) return;
    told.set(pod.uid, text);
    record(podEvent({ metadata: pod }, "waits for wire", text));
  };
  const reconcile = async (key: string, stop: AbortSignal) => {
    // The words of the agents may come after the pods.
    await wires.whenSynced({ signal: stop });
    tell(key);
    return {};
  };
  await Promise.all([
    pods.run(signal),
    runReconcileLoop({ controller, queue, workers: 1, reconcile, clock, logger, metrics }, signal),
  ]);
  queue.close();
}
