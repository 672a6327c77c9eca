import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { NetworkObjects } from "../networks/network-gate.ts";
import { type NamespaceLabels, StoredNamespaces } from "./stored-namespaces.ts";

type Parts = Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient };

/** The part of a Network or ProviderNetwork with which another one is compared. */
export interface StoredNetwork {
  readonly kind: "Network" | "ProviderNetwork";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly object: { readonly metadata: object; readonly spec: unknown };
}

function projectNetwork({ metadata, ...rest }: KubeObject, kind: StoredNetwork["kind"]): StoredNetwork {
  const { namespace = "", name, uid, deletionTimestamp } = metadata;
  return {
    kind,
    namespace,
    name,
    uid,
    deleting: deletionTimestamp !== undefined,
    object: { metadata: { namespace, name, uid }, spec: rest["spec"] },
  };
}

/** Keeps Networks, ProviderNetworks and namespaces in memory, and reads live what may be too new to be there. */
export class StoredNetworks implements NetworkObjects {
  readonly #kinds: readonly { readonly informer: Informer<StoredNetwork, "name" | "uid">; readonly api: ResourceApi }[];
  readonly #namespaces: StoredNamespaces;

  constructor(parts: Parts) {
    this.#namespaces = new StoredNamespaces(parts);
    this.#kinds = [resources.networks, resources.providerNetworks].map((resource) => ({
      api: new ResourceApi(parts.client, resource),
      informer: new Informer({
        ...parts,
        name: resource.plural,
        resource,
        project: (raw: KubeObject) => projectNetwork(raw, resource.kind),
        indexers: { name: ({ name }) => [name], uid: ({ uid }) => [uid] },
      }),
    }));
  }

  /** The objects of both kinds that are in memory. */
  *values(): Iterable<StoredNetwork> {
    for (const { informer } of this.#kinds) yield* informer.values();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#kinds.map(({ informer }) => informer.run(signal)), this.#namespaces.run(signal)]);
  }

  async exists(name: string, options: CallOptions): Promise<boolean> {
    const known = this.#kinds.flatMap(({ informer }) => informer.byIndex("name", name));
    if (known.some(({ deleting }) => !deleting)) return true;
    // Where the resources are not installed, somebody else makes the switches.
    const selector = { fieldSelector: `metadata.name=${name}` };
    const found = await Promise.all(this.#kinds.map(({ api }) => api.listInstalled(selector, options)));
    return found.flat().some(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  isDeleting(uid: string): boolean {
    return this.#kinds.some(({ informer }) => informer.byIndex("uid", uid).some(({ deleting }) => deleting));
  }

  labels(namespace: string, options: CallOptions): Promise<NamespaceLabels | undefined> {
    return this.#namespaces.labels(namespace, options);
  }
}
