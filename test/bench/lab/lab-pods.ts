// Creates and deletes pods in the lab, and measures by a watch the time until they are Ready, or gone.
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";

const namespace = "default";
const limitMs = 60_000;

interface Seen {
  readonly name: string;
  readonly ready: boolean;
}

type Sight = "ready" | "gone";

export interface NamedPod {
  readonly metadata: { readonly name: string };
}

/** An order about pods of the namespace default. */
export type LabPodsOrder = { readonly create: readonly NamedPod[] } | { readonly delete: readonly string[] };

export class LabPods implements AsyncDisposable {
  readonly #client: HttpsApiClient;
  readonly #pods: ResourceApi;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiting = new Map<string, () => void>();

  private constructor(client: HttpsApiClient, informer: Informer<Seen>) {
    this.#client = client;
    this.#pods = new ResourceApi(client, resources.pods);
    informer.addHandler({
      updated: (_, pod) => {
        if (pod.ready) this.#tell("ready", pod.name);
      },
      deleted: ({ name }) => {
        this.#tell("gone", name);
      },
    });
    this.#running = informer.run(this.#stop.signal);
  }

  static async open(kubeconfig: string): Promise<LabPods> {
    const parts = { clock: systemClock, metrics: createMetrics() };
    const client = new HttpsApiClient({ ...parts, config: loadKubeConfig({ path: kubeconfig }), userAgent: "bench/1" });
    const informer = new Informer<Seen>({
      ...parts,
      client,
      logger: silentLogger,
      name: "pods",
      resource: resources.pods,
      namespace,
      project: ({ metadata: { name }, ...pod }) => ({ name, ready: isReady(pod) }),
      indexers: {},
    });
    const opened = new LabPods(client, informer);
    await informer.whenSynced({ deadlineMs: systemClock.monotonicMs() + limitMs });
    return opened;
  }

  /** Creates the pods at once. Returns the milliseconds until all are Ready. Throws `DeadlineExceeded`. */
  async create(pods: readonly NamedPod[]): Promise<number> {
    const names = pods.map(({ metadata }) => metadata.name);
    return this.#time("ready", names, () => Promise.all(pods.map((pod) => this.#pods.create(namespace, pod))));
  }

  /** Deletes the pods at once. Returns the milliseconds until the last one is gone. */
  async delete(names: readonly string[]): Promise<number> {
    return this.#time("gone", names, () => Promise.all(names.map((name) => this.#pods.delete({ namespace, name }))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#client.close();
  }

  async #time(sight: Sight, names: readonly string[], act: () => Promise<unknown>): Promise<number> {
    const seen = names.map((name) => new Promise<void>((resolve) => this.#waiting.set(`${sight} ${name}`, resolve)));
    const limit = AbortSignal.timeout(limitMs);
    const tooLate = new Promise<never>((_, reject) => {
      limit.addEventListener("abort", () => {
        reject(new Error(`not all of ${names.join(", ")} are ${sight} after ${limitMs / 1_000} s`));
      });
    });
    const beganMs = systemClock.monotonicMs();
    await Promise.race([Promise.all([act(), ...seen]), tooLate]);
    return systemClock.monotonicMs() - beganMs;
  }

  #tell(sight: Sight, name: string): void {
    const key = `${sight} ${name}`;
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }
}

function isReady(pod: Omit<KubeObject, "metadata">): boolean {
  const { conditions = [] } = (pod["status"] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
