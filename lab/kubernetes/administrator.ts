import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resourcePath, resources } from "#src/kube/client/resources.ts";

/** An object of a manifest. One of a namespace names it. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const definitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};
const serviceAccounts: Resource = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};

const establishedMs = 60_000;
const pollMs = 50;
/** Soaks and benches may take hours. */
const tokenSeconds = 86_400;

/**
 * The administrator of an API server that this process reaches, for what a test needs and is not about. A kubectl starts anew
 * for each call and asks for the schemas of the whole API, which the API server has to calculate for it.
 */
export class Administrator implements Disposable {
  readonly client: HttpsApiClient;

  constructor(kubeconfig: string) {
    const config = loadKubeConfig({ path: kubeconfig });
    this.client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "lab/1" });
  }

  /** Applies objects one after the other, by server-side apply. Throws `KubeApiError`. */
  async apply(objects: readonly object[]): Promise<void> {
    for (const object of objects as readonly WrittenObject[]) {
      await this.#api(object).patch(object.metadata, "apply", object, { fieldManager: "lab", force: true });
    }
  }

  /** Waits until the API server serves the kinds of these CustomResourceDefinitions. Throws `CommandFailed` after a minute. */
  async established(...names: readonly string[]): Promise<void> {
    const limitMs = systemClock.monotonicMs() + establishedMs;
    const api = new ResourceApi(this.client, definitions);
    for (const name of names) {
      while (!isEstablished(await api.get({ name }))) {
        if (systemClock.monotonicMs() > limitMs) throw new AppError("CommandFailed", `${name} is not served`);
        await systemClock.sleep(pollMs);
      }
    }
  }

  /** Takes a token of an existing ServiceAccount that is valid for a day. Throws `KubeApiError`. */
  async token(namespace: string, name: string): Promise<string> {
    const spec = { expirationSeconds: tokenSeconds };
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    const path = resourcePath(serviceAccounts, { namespace, name, subresource: "token" });
    const { status } = (await this.client.request({ method: "POST", path, body })) as {
      readonly status: { readonly token: string };
    };
    return status.token;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }

  #api({ apiVersion, kind, metadata }: WrittenObject): ResourceApi {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    const resource = { group, version, plural: pluralOf(kind), kind, namespaced: metadata.namespace !== undefined };
    return new ResourceApi(this.client, resource as Resource);
  }
}

/** The plural as the product knows it, or as other kinds of Kubernetes have it. */
function pluralOf(kind: string): string {
  const known = Object.values(resources).find((resource) => resource.kind === kind);
  if (known !== undefined) return known.plural;
  const word = kind.toLowerCase();
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function isEstablished({ status }: { readonly [field: string]: unknown }): boolean {
  // A definition that is new has null there.
  const { conditions } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
  };
  return conditions?.some(({ type, status: is }) => type === "Established" && is === "True") ?? false;
}
