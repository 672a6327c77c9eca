import { readManifests } from "#tools/manifest/manifests.ts";

export interface WebhookTarget {
  /** Of the admission port, without a path. */
  readonly url: string;
  /** PEM of the authority that signed the serving certificate. */
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

/** The registration of deploy/base, at a URL in the place of the Service: entries for pods. */
export function podWebhookConfiguration(target: WebhookTarget): object {
  return atUrl("deploy/base/mutating-webhook.yaml", target);
}

/** The registration of deploy/base, at a URL in the place of the Service: entries for Networks and workloads. */
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
