// Tells the API server about pods what a kubelet would tell, for tests that run no containers.
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isConflict, isNotFound } from "#src/kube/client/api-error.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";

export interface KubeletStandInOptions {
  readonly client: ApiClient;
  /** The name of an existing Node. */
  readonly node: string;
  /** Gets the pods whose end is published next. At that moment everybody believes that they run. */
  readonly beforeEnd?: (pods: readonly KubeObject[]) => Promise<void>;
}

type Step = "run" | "end" | "remove" | "nothing";

/**
 * Plays the kubelet of a node. A pod that is bound to the node runs at once, and a pod that never restarts completes after
 * that. A deleted pod ends as with the real kubelet: first comes the terminal phase, then DELETE with grace 0 and its UID.
 */
export class KubeletStandIn implements AsyncDisposable {
  readonly #options: KubeletStandInOptions;
  readonly #pods: ResourceApi;
  readonly #stop = new AbortController();
  readonly #due = new Map<string, KubeObject>();
  readonly #running: Promise<unknown>;
  readonly #faults: unknown[] = [];
  #working = Promise.resolve();

  constructor(options: KubeletStandInOptions) {
    const { client, node } = options;
    this.#options = options;
    this.#pods = new ResourceApi(client, resources.pods);
    const informer = new Informer({
      client,
      name: "node-pods",
      resource: resources.pods,
      fieldSelector: `spec.nodeName=${node}`,
      project: (pod) => pod,
      indexers: {},
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(),
    });
    informer.addHandler({ added: (pod) => this.#take(pod), updated: (_, pod) => this.#take(pod) });
    this.#running = informer.run(this.#stop.signal);
  }

  /** Throws an error that happened on the way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#working;
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, "the kubelet's part could not be played");
  }

  #take(pod: KubeObject): void {
    if (stepOf(pod) === "nothing") return;
    this.#due.set(pod.metadata.uid, pod);
    // Pods that come during a round go together into the next round.
    if (this.#due.size === 1) this.#working = this.#working.then(() => this.#round());
  }

  async #round(): Promise<void> {
    const pods = [...this.#due.values()];
    this.#due.clear();
    if (this.#stop.signal.aborted) return;
    try {
      const ending = pods.filter((pod) => stepOf(pod) === "end");
      if (ending.length > 0) await this.#options.beforeEnd?.(ending);
      await Promise.all(pods.map((pod) => this.#step(pod)));
    } catch (caught) {
      this.#faults.push(caught);
    }
  }

  /** Tries again for a while, as a kubelet does, when the API server is away or slow. */
  async #step(pod: KubeObject): Promise<void> {
    const limitMs = systemClock.monotonicMs() + patienceMs;
    for (;;) {
      try {
        await this.#tell(pod);
        return;
      } catch (caught) {
        // It is gone, or another pod has its name by now.
        if (isNotFound(caught) || isConflict(caught)) return;
        if (this.#stop.signal.aborted || systemClock.monotonicMs() > limitMs) throw caught;
        await systemClock.sleep(500);
      }
    }
  }

  async #tell(pod: KubeObject): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const target = { namespace, name };
    const step = stepOf(pod);
    if (step === "remove") await this.#pods.delete(target, { uid, gracePeriodSeconds: 0 });
    else {
      const body = { metadata: { uid }, status: step === "run" ? running() : { phase: "Succeeded", conditions: [] } };
      await this.#pods.patch(target, "merge", body, { subresource: "status" });
    }
  }
}

const patienceMs = 30_000;

function stepOf(pod: KubeObject): Step {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const { phase = "Pending" } = (pod["status"] ?? {}) as { phase?: string };
  const isTerminal = phase === "Succeeded" || phase === "Failed";
  if (deletionTimestamp !== undefined) {
    if (!isTerminal) return "end";
    return deletionGracePeriodSeconds === 0 ? "nothing" : "remove";
  }
  if (phase === "Pending") return "run";
  const { restartPolicy } = pod["spec"] as { restartPolicy?: string };
  // The launcher of a virtual machine never restarts either, and runs for as long as the machine.
  const isJob = restartPolicy === "Never" && pod.metadata.labels?.["kubevirt.io"] !== "virt-launcher";
  return phase === "Running" && isJob ? "end" : "nothing";
}

function running(): object {
  const since = new Date(systemClock.now()).toISOString();
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: since }];
  return { phase: "Running", startTime: since, conditions };
}
