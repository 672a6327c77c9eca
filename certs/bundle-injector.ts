import { z } from "zod";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";

/** The names of the two configurations by which the API server knows the webhook. */
export interface ConfigurationNames {
  readonly mutating: string;
  readonly validating: string;
}

/** The configurations as they were read, in the order of the injector. One that is not installed is `undefined`. */
export type SeenConfigurations = readonly (KubeObject | undefined)[];

/** If another program writes another bundle again and again, the two of us must not keep the API server busy. */
const writeLimits = { ratePerSecond: 1, burst: 10 };

const configuration = z.looseObject({
  webhooks: z
    .array(z.looseObject({ name: z.string(), clientConfig: z.looseObject({ caBundle: z.string().optional() }) }))
    .nullish(),
});

/** The strategic merge patch that gives every entry the bundle (PEM). It is `undefined` when all entries have it. */
export function bundleChange(object: KubeObject, bundle: string): object | undefined {
  const caBundle = Buffer.from(bundle).toString("base64");
  const wrong = (configuration.parse(object).webhooks ?? []).filter(
    (entry) => entry.clientConfig.caBundle !== caBundle,
  );
  if (wrong.length === 0) return undefined;
  return { webhooks: wrong.map(({ name }) => ({ name, clientConfig: { caBundle } })) };
}

/** Keeps the `caBundle` of our webhook configurations equal to a bundle, also when something else changes it. */
export class BundleInjector {
  readonly objects: readonly NamedObject[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #bucket = new TokenBucket(writeLimits);

  constructor(client: ApiClient, names: ConfigurationNames, clock: Clock, logger: Logger) {
    this.objects = [
      new NamedObject(client, resources.mutatingWebhookConfigurations, { name: names.mutating }),
      new NamedObject(client, resources.validatingWebhookConfigurations, { name: names.validating }),
    ];
    this.#clock = clock;
    this.#logger = logger;
  }

  read(options: CallOptions): Promise<SeenConfigurations> {
    return Promise.all(this.objects.map((object) => object.read(options)));
  }

  /**
   * Patches the configurations that do not have the bundle. Resolves with true when all have it. `bundle` must have been read
   * after `seen`. A patch applies only to a configuration as it was seen, so that it never undoes a later patch of another
   * replica. When it writes too often, it waits before it resolves.
   */
  async inject(seen: SeenConfigurations, bundle: string, options: CallOptions): Promise<boolean> {
    let isEqual = true;
    for (const [index, object] of this.objects.entries()) {
      const before = seen[index];
      const change = before && bundleChange(before, bundle);
      if (change === undefined) continue;
      isEqual = false;
      const isWritten = await object.write(before, change, options, "strategic");
      if (isWritten) this.#logger.info({ configuration: object.name.name }, "ca bundle written");
      const waitMs = this.#bucket.takeMs(this.#clock.monotonicMs());
      if (waitMs > 0) await this.#clock.sleep(waitMs, options.signal);
    }
    return isEqual;
  }
}
