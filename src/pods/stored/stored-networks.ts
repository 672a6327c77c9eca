import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { NetworkObjects } from "../networks/network-gate.ts";
import { type NamespaceLabels, StoredNamespaces } from "./stored-namespaces.ts";

type Parts = Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient };

/** The part of a Network with which another Network is compared. */
export interface StoredNetwork {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly object: { readonly metadata: object; readonly spec: unknown };
}

function projectNetwork({ metadata, ...rest }: KubeObject): StoredNetwork {
  const { namespace = "", name, uid, deletionTimestamp } = metadata;
  return {
    namespace,
    name,
    uid,
    deleting: deletionTimestamp !== undefined,
    object: { metadata: { namespace, name, uid }, spec: rest["spec"] },
  };
}

/** Keeps Networks and namespaces in memory, and reads live what may be too new to be there. */
export class StoredNetworks implements NetworkObjects {
  readonly networks: Informer<StoredNetwork, "name" | "uid">;
  readonly #namespaces: StoredNamespaces;
  readonly #networkApi: ResourceApi;

  constructor(parts: Parts) {
    this.#networkApi = new ResourceApi(parts.client, resources.networks);
    this.#namespaces = new StoredNamespaces(parts);
    this.networks = new Informer({
      ...parts,
      name: "networks",
      resource: resources.networks,
      project: projectNetwork,
      indexers: { name: ({ name }) => [name], uid: ({ uid }) => [uid] },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.networks.run(signal), this.#namespaces.run(signal)]);
  }

  async exists(name: string, options: CallOptions): Promise<boolean> {
    if (this.networks.byIndex("name", name).some(({ deleting }) => !deleting)) return true;
    // Where the resource is not installed, somebody else makes the switches.
    const found = await this.#networkApi.listInstalled({ fieldSelector: `metadata.name=${name}` }, options);
    return found.some(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  isDeleting(uid: string): boolean {
    return this.networks.byIndex("uid", uid).some(({ deleting }) => deleting);
  }

  labels(namespace: string, options: CallOptions): Promise<NamespaceLabels | undefined> {
    return this.#namespaces.labels(namespace, options);
  }
}
