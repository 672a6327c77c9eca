import { matchesSelector } from "../network/label-selector.ts";
import type { ProviderNetworkConfig } from "./provider-network-config.ts";

interface LabelledNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Leads to the wire on a node: an interface that is put on a bridge of ours, or a bridge of somebody else. */
export type NodeInterface =
  | { readonly kind: "interface"; readonly name: string }
  | { readonly kind: "bridge"; readonly name: string };

type Placed = Pick<ProviderNetworkConfig, "interface" | "adoptBridge" | "nodes" | "selected">;

/**
 * Says what is to carry the network on a node; undefined on a node that is not selected. `chosenNode` is the one of the status,
 * for the node selector `any`.
 */
export function interfaceOnNode(
  config: Placed,
  node: LabelledNode,
  chosenNode: string | undefined,
): NodeInterface | undefined {
  const entry = config.nodes.find(({ selector }) => matchesSelector(selector, node.labels));
  if (entry !== undefined) return { kind: "interface", name: entry.interface };
  if (!isSelected(config, node, chosenNode)) return undefined;
  if (config.adoptBridge !== undefined) return { kind: "bridge", name: config.adoptBridge };
  return config.interface === undefined ? undefined : { kind: "interface", name: config.interface };
}

/** Chooses the node for the selector `any`: the first by name, and the one that was chosen before while it is there. */
export function chooseNode(nodes: Iterable<string>, before: string | undefined): string | undefined {
  const names = [...nodes].sort();
  return before !== undefined && names.includes(before) ? before : names[0];
}

function isSelected({ selected }: Placed, { name, labels }: LabelledNode, chosenNode: string | undefined): boolean {
  switch (selected.kind) {
    case "all":
      return true;
    case "none":
      return false;
    case "any":
      return name === chosenNode;
    case "labels":
      return matchesSelector({ matchLabels: selected.labels }, labels);
  }
}
