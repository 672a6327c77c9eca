import { labelledWires, wireLabel, wireLabelValue } from "#src/api/provider-network/wire-label.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import type { CarriedWires } from "../placement/pod-placement.ts";

type Parts = Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient };

interface StoredNode {
  readonly name: string;
  readonly wires: ReadonlySet<string>;
}

function projectNode({ metadata: { name, labels = {} } }: KubeObject): StoredNode {
  const wires = labelledWires(labels).filter((wire) => labels[wireLabel(wire)] === wireLabelValue);
  return { name, wires: new Set(wires) };
}

/** Keeps the nodes in memory, with the wires that their labels name. */
export class StoredNodes implements CarriedWires {
  readonly #informer: Informer<StoredNode>;

  constructor(parts: Parts) {
    this.#informer = new Informer({
      ...parts,
      name: "nodes",
      resource: resources.nodes,
      project: projectNode,
      indexers: {},
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#informer.run(signal);
  }

  /** Undefined until the nodes were read: then nothing can be said about wires. */
  get known(): CarriedWires | undefined {
    return this.#informer.hasSynced ? this : undefined;
  }

  on(node: string): ReadonlySet<string> | undefined {
    return this.#informer.get(node)?.wires;
  }

  anyCarries(physicalNetworks: readonly string[]): boolean {
    for (const { wires } of this.#informer.values()) if (physicalNetworks.every((wire) => wires.has(wire))) return true;
    return false;
  }
}
