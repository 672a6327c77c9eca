import { chooseNode, interfaceOnNode } from "#src/api/provider-network/node-interface.ts";
import type { ProviderNetworkConfig } from "#src/api/provider-network/provider-network-config.ts";
import type { ProviderNetworkStatus } from "#src/api/provider-network/provider-network-schema.ts";
import type { WiredNode } from "../wires/wire-controller.ts";

type NodeStatus = NonNullable<ProviderNetworkStatus["nodes"]>[number];

/** The nodes that are to carry a ProviderNetwork, and what their agents say. */
export interface CarryingNodes {
  /** The node that was chosen for the node selector `any`. */
  readonly chosenNode: string | undefined;
  /** By name; those that are not ready come first. */
  readonly nodes: readonly NodeStatus[];
}

/** Finds the nodes that are to carry the network. `before` is the node that was chosen earlier. */
export function carryingNodes(
  config: ProviderNetworkConfig,
  all: readonly WiredNode[],
  before: string | undefined,
): CarryingNodes {
  const names = all.map(({ name }) => name);
  const chosenNode = config.selected.kind === "any" ? chooseNode(names, before) : undefined;
  const nodes = all.flatMap((node): readonly NodeStatus[] => {
    const wanted = interfaceOnNode(config, node, chosenNode);
    if (wanted === undefined) return [];
    const wire = node.wires.get(config.physicalNetwork);
    const { ready = false, reason = "NotReported", message = "" } = wire ?? {};
    return [
      {
        name: node.name,
        interface: wire?.interface ?? wanted.name,
        ready,
        reason,
        ...(message === "" ? {} : { message }),
      },
    ];
  });
  return { chosenNode, nodes: [...nodes.filter(({ ready }) => !ready), ...nodes.filter(({ ready }) => ready)] };
}

/** The ready nodes of those that are to carry the network, as `2/3`. */
export function readyText({ nodes }: CarryingNodes): string {
  return `${nodes.filter(({ ready }) => ready).length}/${nodes.length}`;
}

const maxTold = 3;

/** Says which nodes do not carry the network, and why; "" when all do and there is one. */
export function describeMissing({ nodes }: CarryingNodes): string {
  if (nodes.length === 0) return "no node with an agent is to carry the network: its node selector matches none";
  const missing = nodes.filter(({ ready }) => !ready);
  const told = missing.slice(0, maxTold).map(({ name, reason, message }) => `${name}: ${message ?? reason}`);
  const more = missing.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
