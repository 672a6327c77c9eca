import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { WebhookEntry } from "./facts.ts";

const configuration = z.looseObject({
  webhooks: z
    .array(
      z.looseObject({
        name: z.string(),
        clientConfig: z.looseObject({
          caBundle: z.string().optional(),
          url: z.string().optional(),
          service: z.looseObject({ namespace: z.string(), name: z.string() }).optional(),
        }),
      }),
    )
    .default([]),
});

/** The names of our entries end with this in every installation. */
const ending = ".ovn4nfv.opnfv.org";

/** The entries of all webhook configurations of the cluster that are ours by name. */
export async function readEntries(client: ApiClient, call: CallOptions): Promise<readonly WebhookEntry[]> {
  const kinds = [resources.mutatingWebhookConfigurations, resources.validatingWebhookConfigurations];
  const lists = await Promise.all(kinds.map((kind) => new ResourceApi(client, kind).list({}, call)));
  return lists.flatMap(({ items }) =>
    items.flatMap((item) =>
      configuration.parse(item).webhooks.flatMap(({ name, clientConfig }): readonly WebhookEntry[] => {
        if (!name.endsWith(ending)) return [];
        const { service, url = "", caBundle = "" } = clientConfig;
        const target = service === undefined ? new URL(url).host : `${service.namespace}/${service.name}`;
        const pem = Buffer.from(caBundle, "base64").toString("utf8");
        return [{ configuration: item.metadata.name, name, target, caBundle: pem }];
      }),
    ),
  );
}
