import type { ViewNode, ViewPod } from "#src/view/contract/view-item.ts";

/** The number of pods on each node, by the node's key. */
export function podsByNode(pods: readonly ViewPod[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of pods) if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

/** The versions of agents that fewer nodes have than the version of most: an upgrade stands still, or is under way. */
export function rareVersions(nodes: readonly ViewNode[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { agentVersion } of nodes) {
    if (agentVersion !== undefined) counts.set(agentVersion, (counts.get(agentVersion) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  return new Set([...counts].filter(([, count]) => count < most).map(([version]) => version));
}
