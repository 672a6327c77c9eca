// The pods with interfaces of ours, for the controllers of chains, FloatingIPs, policies, Services and taps. They share one
// watch and one copy of the pods, and a cluster without such objects has none.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FirstNeed } from "#src/kube/informer/first-need.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { type NetworkedPod, projectNetworkedPod } from "./networked-pod.ts";

export type NetworkedPodsOptions = Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics">;

export class NetworkedPods {
  readonly #options: NetworkedPodsOptions;
  readonly #informer: Informer<NetworkedPod, "namespace" | "uid">;
  readonly #handlers = new Set<InformerHandler<NetworkedPod>>();
  readonly #need = new FirstNeed();

  constructor(options: NetworkedPodsOptions) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      name: "networked-pods",
      resource: resources.pods,
      labelSelector: annotationKeys.allocation.key,
      project: projectNetworkedPod,
      indexers: { namespace: ({ namespace }) => [namespace], uid: ({ uid }) => [uid] },
    });
  }

  /** Watches from the first `follow` on, until the signal aborts, and never rejects. It may be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#need.run((running) => this.#informer.run(running), "pods", this.#options.clock, signal);
  }

  /**
   * Tells the handler of each pod, from its first call on, and waits until all pods were read. It is called whenever pods are
   * needed. Throws `Aborted` or `DeadlineExceeded`.
   */
  async follow(handler: InformerHandler<NetworkedPod>, options: CallOptions): Promise<void> {
    this.#need.arises();
    if (!this.#handlers.has(handler)) {
      this.#handlers.add(handler);
      this.#informer.addHandler(handler);
    }
    await this.#informer.whenSynced(options);
  }

  byIndex(name: "namespace" | "uid", value: string): readonly NetworkedPod[] {
    return this.#informer.byIndex(name, value);
  }

  /** Adds an index that only one of the users needs; see `Informer.indexBy`. */
  indexBy(valuesOf: (pod: NetworkedPod) => readonly string[]): (value: string) => IterableIterator<NetworkedPod> {
    return this.#informer.indexBy(valuesOf);
  }
}
