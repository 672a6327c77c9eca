import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import { PodApi, type PodName } from "#src/kube/pods.ts";
import { runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { LateAllocator, type LateAllocatorOptions } from "./late-allocator.ts";
import { askingUnseen } from "./late-candidate.ts";

export interface LateControllerOptions extends Omit<LateAllocatorOptions, "pods"> {
  readonly client: ApiClient;
}

const name = "late-allocation";
const workers = 4;
const { allocation, multusNamespace } = annotationKeys;
const unlabelled = `!${allocation.key}`;
/** Selects the pods that are on a node. A pod that is scheduled leaves the collection that is watched. */
const onANode = "spec.nodeName!=";

/**
 * Watches the pods that are neither labelled nor scheduled, which are few, and lists those on nodes once at the start. A
 * pod that is created with a node while webhook and guard are absent gets its Event at the next start.
 */
export async function runLateController(options: LateControllerOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, logger, metrics } = options;
  const queue = new WorkQueue({ name, clock, metrics });
  const optedIn = new Informer({
    name: "late-allocation-namespaces",
    client,
    resource: resources.namespaces,
    labelSelector: `${multusNamespace.key}=${multusNamespace.value}`,
    project: ({ metadata }) => metadata.name,
    indexers: {},
    clock,
    logger,
    metrics,
  });
  const allocator = new LateAllocator({ ...options, pods: new PodApi(client) });
  const informer = new Informer({
    name,
    client,
    resource: resources.pods,
    labelSelector: unlabelled,
    fieldSelector: "spec.nodeName=",
    project: projectPod,
    indexers: { namespace: ({ metadata: { namespace = "" } }) => [namespace] },
    clock,
    logger,
    metrics,
  });
  const add = (pod: PodMetadata): void => {
    const asking = askingUnseen(pod);
    const counts = asking === "by selections" ? optedIn.get(pod.metadata.namespace ?? "") !== undefined : asking;
    if (counts) queue.add(keyOf(pod));
  };
  informer.addHandler({
    added: add,
    updated: (_old, pod) => {
      add(pod);
    },
    deleted: add,
  });
  // The watch of namespaces may be behind that of pods.
  optedIn.addHandler({
    added: (namespace) => {
      informer.byIndex("namespace", namespace).forEach(add);
    },
  });
  const reconcile = (key: string, stop: AbortSignal) => allocator.reconcile(nameOf(key), stop);
  await Promise.all([
    optedIn.run(signal),
    informer.run(signal),
    runReconcileLoop({ controller: name, queue, workers, reconcile, clock, logger, metrics }, signal),
    addScheduled(options, optedIn, add, signal),
  ]);
  queue.close();
}

/** Adds the pods on nodes that were missed before this process led: one LIST, page by page. */
async function addScheduled(
  { client, logger }: LateControllerOptions,
  optedIn: Pick<Informer<string>, "whenSynced">,
  add: (pod: PodMetadata) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await optedIn.whenSynced({ signal });
    const api = new ResourceApi(client, resources.pods);
    for await (const { items } of api.pages({ labelSelector: unlabelled, fieldSelector: onANode }, { signal })) {
      for (const pod of items) add(projectPod(pod));
    }
  } catch (caught) {
    // Only Events depend on this list, and the next leader makes it again.
    if (!signal.aborted) logger.warn({ err: fromUnknown(caught) }, "pods on nodes could not be listed");
  }
}

function keyOf({ metadata: { namespace = "", name: pod = "" } }: PodMetadata): string {
  return `${namespace}/${pod}`;
}

function nameOf(key: string): PodName {
  const [namespace = "", pod = ""] = key.split("/");
  return { namespace, name: pod };
}
