import type { FoundOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { providerNetworkStatusSchema } from "#src/api/provider-network/provider-network-schema.ts";
import { readableResult } from "#src/api/result.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { type KubeObject, objectKey } from "#src/kube/client/kube-object.ts";
import { objectLife } from "#src/kube/client/object-life.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { wireNeeds, type WireNeeds, type WireObject } from "./wired-network.ts";

export interface WireDemandOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The pods of this node. */
  readonly pods: Pick<Informer<PodMetadata, "allocation">, "hasSynced" | "values" | "addHandler">;
  /** The ports of this node. A pod that has ended may still have one. */
  readonly bridge: { ports(): readonly FoundOvsPort[] };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Follows the ProviderNetworks, the labels of this node that say which of them it is to carry, and the pods that use them. */
export class WireDemand {
  readonly #options: WireDemandOptions;
  readonly #objects: Informer<WireObject>;
  #labels: Readonly<Record<string, string>> | undefined;

  constructor(options: WireDemandOptions) {
    this.#options = options;
    const { client, clock, logger, metrics } = options;
    this.#objects = new Informer({
      client,
      clock,
      logger,
      metrics,
      name: "providernetworks",
      resource: resources.providerNetworks,
      firstList: "cached",
      project: projectWireObject,
      indexers: {},
    });
  }

  /** Calls `changed` after each change until the signal aborts, and never rejects. */
  async run(changed: () => void, signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, logger, metrics } = this.#options;
    this.#objects.addHandler({ added: changed, updated: changed, deleted: changed });
    this.#options.pods.addHandler({ added: changed, updated: changed, deleted: changed });
    const onState = (node: KubeObject | undefined): void => {
      // A node that is deleted while its agent runs comes again, with its labels.
      if (node === undefined) return;
      const labels = node.metadata.labels ?? {};
      if (JSON.stringify(labels) === JSON.stringify(this.#labels)) return;
      this.#labels = labels;
      changed();
    };
    const parts = { client, clock, logger, metrics };
    const read = this.#objects.whenSynced({ signal }).then(changed, () => undefined);
    const node = watchNamed({ ...parts, resource: resources.nodes, target: { name: nodeName }, onState }, signal);
    await Promise.all([this.#objects.run(signal), read, node]);
  }

  /** The needs of the cluster; undefined before the API server was read. */
  needs(): WireNeeds | undefined {
    const { nodeName, pods, logger } = this.#options;
    if (!this.#objects.hasSynced || !pods.hasSynced || this.#labels === undefined) return undefined;
    const node = { name: nodeName, labels: this.#labels };
    return wireNeeds(this.#objects.values(), node, this.#networksOfPods(), (network, err) => {
      logger.warn({ network, err }, "provider network cannot be read");
    });
  }

  #networksOfPods(): ReadonlySet<string> {
    const { pods, bridge } = this.#options;
    const wired = new Set(bridge.ports().map(({ ids }) => ids.get(interfaceKeys.allocation)));
    const names = new Set<string>();
    for (const pod of pods.values()) {
      if (isTerminal(pod) && !wired.has(pod.metadata.labels[annotationKeys.allocation.key])) continue;
      const text = pod.metadata.annotations[annotationKeys.result.key];
      // The signature does not matter here: a forged result can only keep a wire.
      for (const network of text === undefined ? [] : networksIn(text)) names.add(network);
    }
    return names;
  }
}

/** A result that nobody can read is not wired, so that it needs no wire. */
function networksIn(result: string): readonly string[] {
  return (readableResult(result) ?? []).flatMap(({ network, external_network: outside }) => {
    return outside === undefined ? [network] : [network, outside];
  });
}

/** Keeps the fields that decide about wires. */
function projectWireObject(raw: KubeObject): WireObject {
  const { name, namespace = "", uid } = raw.metadata;
  return {
    object: { metadata: { name, namespace, uid }, spec: raw["spec"] },
    key: objectKey(raw),
    name,
    ...objectLife(raw),
    chosenNode: providerNetworkStatusSchema.safeParse(raw["status"]).data?.chosenNode,
  };
}
