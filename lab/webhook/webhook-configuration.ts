import { readManifests } from "#tools/manifest/manifests.ts";

export interface WebhookTarget {
  /** The URL of the admission port, without a path. */
  readonly url: string;
  /** The authority that signed the serving certificate, in PEM. */
  readonly ca: string;
  readonly timeoutSeconds?: number;
}

interface Configuration {
  readonly webhooks: readonly WebhookEntry[];
}

interface WebhookEntry {
  readonly timeoutSeconds: number;
  readonly clientConfig: { readonly service: { readonly path: string } };
}

/** The registration of deploy/base for pods, with a URL in place of the Service. */
export function podWebhookConfiguration(target: WebhookTarget): object {
  return atUrl("deploy/base/mutating-webhook.yaml", target);
}

/** The registration of deploy/base for Networks and workloads, with a URL in place of the Service. */
export function validatingWebhookConfiguration(target: WebhookTarget): object {
  return atUrl("deploy/base/validating-webhook.yaml", target);
}

function atUrl(path: string, { url, ca, timeoutSeconds }: WebhookTarget): object {
  const [configuration] = readManifests(path) as readonly unknown[] as readonly [Configuration];
  const webhooks = configuration.webhooks.map((entry) => ({
    ...entry,
    timeoutSeconds: timeoutSeconds ?? entry.timeoutSeconds,
    clientConfig: { url: `${url}${entry.clientConfig.service.path}`, caBundle: Buffer.from(ca).toString("base64") },
  }));
  return { ...configuration, webhooks };
}
