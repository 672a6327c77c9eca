import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { resources } from "#src/kube/client/resources.ts";

/** The names of the two configurations by which the API server knows the webhook. */
export interface ConfigurationNames {
  readonly mutating: string;
  readonly validating: string;
}

/** The configurations as they were read, mutating first. One that is not installed is `undefined`. */
export type SeenConfigurations = readonly (KubeObject | undefined)[];

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

/** True when every configuration that is installed has the bundle in all entries. */
export function haveBundle(seen: SeenConfigurations, bundle: string): boolean {
  return seen.every((object) => object === undefined || bundleChange(object, bundle) === undefined);
}

/** The two webhook configurations in the cluster. */
export class WebhookConfigurations {
  readonly objects: readonly NamedObject[];
  /** The objects to watch, in the form of `keepObjects`. */
  readonly watched;

  constructor(client: ApiClient, names: ConfigurationNames) {
    this.watched = [
      { resource: resources.mutatingWebhookConfigurations, target: { name: names.mutating } },
      { resource: resources.validatingWebhookConfigurations, target: { name: names.validating } },
    ] as const;
    this.objects = this.watched.map(({ resource, target }) => new NamedObject(client, resource, target));
  }

  read(options: CallOptions): Promise<SeenConfigurations> {
    return Promise.all(this.objects.map((object) => object.read(options)));
  }
}
