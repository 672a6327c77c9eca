import { labelledWires, wireLabel, wireLabelValue } from "#src/api/provider-network/wire-label.ts";
import type { WireNode } from "./published-wires.ts";

/**
 * Gives the labels to write on a node, null for one to take off; undefined when there is nothing to write. A label is taken off
 * only on the agent's word: while the agent is away, or has said nothing, all labels stay.
 */
export function planLabels(
  labels: Readonly<Record<string, string>>,
  published: Pick<WireNode, "wires"> | undefined,
): Readonly<Record<string, string | null>> | undefined {
  const wires = published?.wires;
  if (wires === undefined) return undefined;
  const missing = [...wires].flatMap(([physicalNetwork, { ready }]) => {
    const key = wireLabel(physicalNetwork);
    return ready && labels[key] !== wireLabelValue ? [[key, wireLabelValue] as const] : [];
  });
  const stale = labelledWires(labels).flatMap((physicalNetwork) => {
    return wires.get(physicalNetwork)?.ready === true ? [] : [[wireLabel(physicalNetwork), null] as const];
  });
  const changes = [...missing, ...stale];
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}
