import type { KeyObject } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { TokenKeys } from "./token.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { readPublishedKeys } from "./key-ring.ts";

export interface PublishedKeysOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly configMap: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const readMs = 5_000;
/** A key is published long before it signs. So an answer of this age has every key that may have signed. */
const freshMs = 1_000;

/**
 * The public keys of the ConfigMap, which a watch keeps up to date. Before it says that there is no such key it reads the
 * ConfigMap, at most once a second: the watch may be behind, and a result must not look forged because of that.
 */
export class PublishedKeys implements TokenKeys {
  readonly #options: PublishedKeysOptions;
  readonly #api: ResourceApi;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #read: { readonly done: Promise<void>; readonly begunMs: number } | undefined;

  constructor(options: PublishedKeysOptions) {
    this.#options = options;
    this.#api = new ResourceApi(options.client, resources.configMaps);
  }

  /** Watches until the signal aborts, and never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const { client, namespace, configMap: name, clock, logger, metrics } = this.#options;
    const onState = (object: KubeObject | undefined): void => {
      this.#take(object);
    };
    const target = { namespace, name };
    return watchNamed({ client, resource: resources.configMaps, target, clock, logger, metrics, onState }, signal);
  }

  /** Throws `KubeApiError` when the key is not known and the ConfigMap cannot be read, so that it may exist. */
  async get(kid: string): Promise<KeyObject | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known;
    await this.#refresh();
    return this.#keys.get(kid);
  }

  async #refresh(): Promise<void> {
    const begunMs = this.#options.clock.monotonicMs();
    if (this.#read === undefined || begunMs - this.#read.begunMs >= freshMs) {
      this.#read = { begunMs, done: this.#readNow(begunMs + readMs) };
    }
    const reading = this.#read;
    try {
      await reading.done;
    } catch (error) {
      if (this.#read === reading) this.#read = undefined;
      throw error;
    }
  }

  async #readNow(deadlineMs: number): Promise<void> {
    const { namespace, configMap: name } = this.#options;
    this.#take(await this.#api.get({ namespace, name }, { deadlineMs }));
  }

  #take(object: KubeObject | undefined): void {
    try {
      this.#keys = object === undefined ? new Map() : readPublishedKeys(object);
    } catch (caught) {
      this.#options.logger.error(
        { err: fromUnknown(caught) },
        "published token keys cannot be used, the old ones stay",
      );
    }
  }
}
