import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { objectKey } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type NetworkKind, networkKinds, type NetworkObject, projectNetwork } from "./network-object.ts";

interface Parts {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Handler {
  readonly changed: (network: NetworkObject) => void;
  readonly deleted: (network: NetworkObject) => void;
}

/** Keeps the Networks and ProviderNetworks in memory. */
export class NetworkInformers {
  readonly #informers: ReadonlyMap<NetworkKind, Informer<NetworkObject, "uid" | "name">>;
  readonly #apis: ReadonlyMap<NetworkKind, ResourceApi>;

  constructor(parts: Parts) {
    const kinds = Object.keys(networkKinds) as NetworkKind[];
    this.#apis = new Map(kinds.map((kind) => [kind, new ResourceApi(parts.client, networkKinds[kind].resource)]));
    this.#informers = new Map(kinds.map((kind) => [kind, makeInformer(kind, parts)]));
  }

  /** Runs until the signal aborts, and never rejects. */
  async run(handler: Handler, signal: AbortSignal): Promise<void> {
    const informers = [...this.#informers.values()];
    for (const informer of informers) {
      informer.addHandler({
        added: handler.changed,
        updated: (_old, network) => {
          handler.changed(network);
        },
        deleted: handler.deleted,
      });
    }
    await Promise.all(informers.map((informer) => informer.run(signal)));
  }

  /** Resolves when the Networks were read. A cluster may be without the kind of ProviderNetworks, which are never waited for. */
  async whenSynced(options: CallOptions): Promise<void> {
    await this.#informers.get("Network")?.whenSynced(options);
  }

  /** True when the Networks were read. */
  get hasSynced(): boolean {
    return this.#informers.get("Network")?.hasSynced ?? false;
  }

  get(key: string): NetworkObject | undefined {
    const at = key.indexOf(separator);
    return this.#informers.get(key.slice(0, at) as NetworkKind)?.get(key.slice(at + 1));
  }

  *values(): Iterable<NetworkObject> {
    for (const informer of this.#informers.values()) yield* informer.values();
  }

  *ofKind(kind: NetworkKind): Iterable<NetworkObject> {
    yield* this.#informers.get(kind)?.values() ?? [];
  }

  by(index: "uid" | "name", value: string): readonly NetworkObject[] {
    return [...this.#informers.values()].flatMap((informer) => informer.byIndex(index, value));
  }

  /** Gives the UIDs of the objects of both kinds, by live reads. */
  async liveUids(call: CallOptions): Promise<ReadonlySet<string>> {
    const found = await Promise.all([...this.#apis.values()].map((api) => api.listInstalled({}, call)));
    return new Set(found.flat().map(({ metadata }) => metadata.uid));
  }

  /** Sends a merge patch. Nothing happens when the object is gone: nobody is left to be told then. */
  async patch(
    { kind, namespace, name }: NetworkObject,
    body: object,
    options: CallOptions & { readonly subresource?: string },
  ): Promise<void> {
    await this.#apis.get(kind)?.patchIfThere({ namespace, name }, "merge", body, options);
  }
}

const separator = "/";

/** The key of an object in the queue: its kind, namespace and name. */
export function networkKey({ kind, object }: NetworkObject): string {
  return `${kind}${separator}${objectKey(object)}`;
}

function makeInformer(kind: NetworkKind, parts: Parts): Informer<NetworkObject, "uid" | "name"> {
  return new Informer({
    ...parts,
    name: networkKinds[kind].resource.plural,
    resource: networkKinds[kind].resource,
    project: (raw) => projectNetwork(raw, kind),
    indexers: { uid: ({ uid }) => [uid], name: ({ name }) => [name] },
  });
}
