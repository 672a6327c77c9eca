// Knows the namespaces and their labels. Whoever invents names of namespaces cannot make it ask the API server for each.
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { type AppError, hasCode, refusal } from "#src/core/errors.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";

type Parts = Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient };

export type NamespaceLabels = Readonly<Record<string, string>>;

/** The outcome of a live read: the labels, or undefined for a namespace that does not exist. */
interface LiveRead {
  readonly labels: NamespaceLabels | undefined;
  readonly untilMs: number;
}

/** A live read is believed for so long, unless the informer comes to have the namespace. */
const rememberedMs = 1_000;
const maxRemembered = 1_024;
/** Live reads, for all who ask together. */
const reads = { ratePerSecond: 20, burst: 50 };
const readLimitMs = 5_000;
/** A caller that may not read waits so long for the informer, which is never much behind. */
const informerWaitMs = 1_000;
/** The names that the API server takes (RFC 1123 label). No other namespace can exist. */
const validName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Keeps the labels of namespaces in memory, and reads live, at a bounded rate, those that may be too new to be there. */
export class StoredNamespaces {
  readonly #clock: Clock;
  readonly #informer: Informer<{ readonly name: string; readonly labels: NamespaceLabels }>;
  readonly #api: ResourceApi;
  readonly #added: KeyedNotifier<string>;
  readonly #remembered = new Map<string, LiveRead>();
  readonly #reading = new Map<string, Promise<NamespaceLabels | undefined>>();
  readonly #reads = new TokenBucket(reads);

  constructor(parts: Parts) {
    this.#clock = parts.clock;
    this.#api = new ResourceApi(parts.client, resources.namespaces);
    this.#added = new KeyedNotifier(parts.clock, (name) => `waiting for the namespace ${name}`);
    this.#informer = new Informer({
      ...parts,
      name: "namespaces",
      resource: resources.namespaces,
      project: ({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }),
      indexers: {},
    });
    this.#informer.addHandler({
      added: ({ name }) => {
        this.#added.notify(name);
      },
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(signal);
  }

  /**
   * The labels of a namespace; undefined when it does not exist. Throws `BackendUnavailable` when too many unknown
   * namespaces are asked for and the informer does not have this one in time.
   */
  async labels(namespace: string, options: CallOptions): Promise<NamespaceLabels | undefined> {
    const known = this.#informer.get(namespace);
    if (known !== undefined) return known.labels;
    if (!validName.test(namespace)) return undefined;
    const remembered = this.#remembered.get(namespace);
    if (remembered !== undefined && remembered.untilMs > this.#clock.monotonicMs()) {
      // Somebody may have asked for it just before it was made.
      return remembered.labels ?? (await this.#fromInformer(namespace, remembered.untilMs, options));
    }
    const reading = this.#reading.get(namespace) ?? (this.#mayRead() ? this.#read(namespace) : undefined);
    if (reading === undefined) {
      const labels = await this.#fromInformer(namespace, this.#clock.monotonicMs() + informerWaitMs, options);
      if (labels === undefined) throw notKnownYet(namespace);
      return labels;
    }
    return settleWithin(this.#clock, options, `read of the namespace ${namespace}`, (resolve, reject) => {
      reading.then(resolve, reject);
    });
  }

  /** All who ask for the name share one read, so the first of them cannot end it. */
  #read(namespace: string): Promise<NamespaceLabels | undefined> {
    const reading = this.#readLive(namespace).finally(() => this.#reading.delete(namespace));
    reading.catch(() => {});
    this.#reading.set(namespace, reading);
    return reading;
  }

  async #readLive(namespace: string): Promise<NamespaceLabels | undefined> {
    const deadlineMs = this.#clock.monotonicMs() + readLimitMs;
    const found = await this.#api.find({ name: namespace }, { deadlineMs });
    const labels = found === undefined ? undefined : (found.metadata.labels ?? {});
    this.#remember(namespace, labels);
    return labels;
  }

  #remember(namespace: string, labels: NamespaceLabels | undefined): void {
    // The entry moves to the end, so that the first one is the oldest.
    this.#remembered.delete(namespace);
    this.#remembered.set(namespace, { labels, untilMs: this.#clock.monotonicMs() + rememberedMs });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #mayRead(): boolean {
    return this.#reads.tryTake(this.#clock.monotonicMs());
  }

  /** The labels as soon as the informer has the namespace; undefined when it does not have it in time. */
  async #fromInformer(namespace: string, untilMs: number, options: CallOptions): Promise<NamespaceLabels | undefined> {
    const deadlineMs = Math.min(options.deadlineMs ?? untilMs, untilMs);
    const isThere = (): boolean => this.#informer.get(namespace) !== undefined;
    try {
      await this.#added.until(namespace, isThere, { ...options, deadlineMs });
    } catch (error) {
      if (!hasCode(error, "DeadlineExceeded")) throw error;
    }
    return this.#informer.get(namespace)?.labels;
  }
}

function notKnownYet(namespace: string): AppError {
  return refusal("BackendUnavailable", {
    field: "namespace",
    value: namespace,
    reason: "is not known yet, and too many unknown namespaces are asked for",
    remedy: "try again in a moment",
  });
}
