import { maxSourcesOfNode, maxTapsOfNode, type NodeTap } from "#src/api/node/node-taps.ts";
import type { TapDecision, TapEnd } from "./tap-decision.ts";
import type { TapNode } from "./tap-members.ts";
import type { TapObject } from "./tap-object.ts";

/** The taps that concern each node, by its name. A node learns of its own ports only, and of the sink's node the address. */
export function projectOntoNodes(
  decisions: ReadonlyMap<TapObject, TapDecision>,
  nodes: readonly TapNode[],
): ReadonlyMap<string, readonly NodeTap[]> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const wanted = new Map<string, NodeTap[]>(nodes.map(({ name }) => [name, []]));
  for (const [tap, decision] of decisions) {
    if (decision.kind === "refused" || typeof tap.config === "string") continue;
    const { end, key } = decision;
    const { direction } = tap.config;
    const sources = Map.groupBy(
      decision.sources.filter(({ refusal, node }) => refusal === undefined && node !== ""),
      ({ node }) => node,
    );
    const others = [...sources.keys()].some((node) => end.kind === "pod" && node !== end.node);
    const involved = new Set([...sources.keys(), ...(end.kind === "pod" && others ? [end.node] : [])]);
    for (const name of involved) {
      const node = byName.get(name);
      const sink = node && sinkFor(node, end, key, others, byName);
      const list = wanted.get(name);
      if (sink === undefined || list === undefined || list.length >= maxTapsOfNode) continue;
      const ports = (sources.get(name) ?? []).map(({ port }) => port).sort();
      const label = `${tap.namespace}/${tap.name}`;
      list.push({ uid: tap.uid, name: label, direction, sources: ports.slice(0, maxSourcesOfNode), sink });
    }
  }
  return wanted;
}

function sinkFor(
  node: TapNode,
  end: TapEnd,
  key: number,
  hasOthers: boolean,
  nodes: ReadonlyMap<string, TapNode>,
): NodeTap["sink"] | undefined {
  if (end.kind === "gre") {
    return { gre: { address: end.address, ...(end.key === undefined ? {} : { key: end.key }) } };
  }
  if (end.node === node.name) return { port: end.port, ...(hasOthers ? { acceptedKey: key } : {}) };
  const address = reachable(node.tunnels, nodes.get(end.node)?.tunnels ?? []);
  return address === undefined ? undefined : { remote: { address, key } };
}

/** An address of the other node, of a family that this one has as well. */
function reachable(own: readonly string[], others: readonly string[]): string | undefined {
  const families = new Set(own.map((address) => address.includes(":")));
  return others.find((address) => families.has(address.includes(":"))) ?? others[0];
}
