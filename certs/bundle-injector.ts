import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import type { ObjectName } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";
import { readPublished } from "./published-bundle.ts";
import {
  bundleChange,
  type ConfigurationNames,
  type SeenConfigurations,
  WebhookConfigurations,
} from "./webhook-configurations.ts";

export interface BundleInjectorOptions {
  readonly client: ApiClient;
  readonly configurations: ConfigurationNames;
  /** The ConfigMap in which the webhook publishes the bundle. */
  readonly published: ObjectName;
  /** It is called after each look at the objects that came to its end, whether they could be read or not. */
  readonly afterPass?: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** If another program writes another bundle again and again, the two of us must not keep the API server busy. */
const writeLimits = { ratePerSecond: 1, burst: 10 };
const passMs = 20_000;
/** A pass is repeated after this time while a configuration does not have the bundle, because a watch may be behind. */
const recheckMs = 1_000;
/** A pass is repeated after this time at the latest. */
const longestWaitMs = 30_000;

/** Keeps the `caBundle` of our webhook configurations equal to the published one, also when something else changes it. */
export class BundleInjector {
  readonly #options: BundleInjectorOptions;
  readonly #configurations: WebhookConfigurations;
  readonly #published: NamedObject;
  readonly #bucket = new TokenBucket(writeLimits);

  constructor(options: BundleInjectorOptions) {
    this.#options = options;
    this.#configurations = new WebhookConfigurations(options.client, options.configurations);
    this.#published = new NamedObject(options.client, resources.configMaps, options.published);
  }

  /** Injects at each change until the signal aborts. It never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const { client, afterPass, clock, logger, metrics } = this.#options;
    const watched = [{ resource: resources.configMaps, target: this.#published.name }, ...this.#configurations.watched];
    const pass = async (within: AbortSignal): Promise<ReconcileResult> => {
      try {
        return await this.pass(within);
      } finally {
        await afterPass?.();
      }
    };
    return keepObjects({ name: "cainjector", client, watched, pass, clock, logger, metrics }, signal);
  }

  /** Looks at everything once and writes what is due. Throws `KubeApiError`. */
  async pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { clock } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + passMs };
    // The configurations are read before the bundle: a patch applies only to a configuration as it was seen, so that it
    // never puts an older bundle in the place of a newer one.
    const seen = await this.#configurations.read(call);
    const bundle = this.#read(await this.#published.read(call));
    if (bundle === undefined) return { requeueAfterMs: longestWaitMs };
    const isEqual = await this.#inject(seen, bundle, call);
    return { requeueAfterMs: isEqual ? longestWaitMs : recheckMs };
  }

  /** A ConfigMap that cannot be used counts as absent, and what the configurations have stays. */
  #read(object: KubeObject | undefined): string | undefined {
    try {
      return readPublished(object);
    } catch (caught) {
      this.#options.logger.warn({ reason: fromUnknown(caught).message }, "published ca bundle refused");
      return undefined;
    }
  }

  /** Gives true when all configurations have the bundle. When it writes too often, it waits before it resolves. */
  async #inject(seen: SeenConfigurations, bundle: string, options: CallOptions): Promise<boolean> {
    const { clock, logger } = this.#options;
    let isEqual = true;
    for (const [index, object] of this.#configurations.objects.entries()) {
      const before = seen[index];
      const change = before && bundleChange(before, bundle);
      if (change === undefined) continue;
      isEqual = false;
      const isWritten = await object.write(before, change, options, "strategic");
      if (isWritten) logger.info({ configuration: object.name.name }, "ca bundle written");
      const waitMs = this.#bucket.takeMs(clock.monotonicMs());
      if (waitMs > 0) await clock.sleep(waitMs, options.signal);
    }
    return isEqual;
  }
}
