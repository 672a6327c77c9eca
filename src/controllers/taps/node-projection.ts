import { maxSourceBytesOfNode, maxSourcesOfNode, maxTapsOfNode, type NodeTap } from "#src/api/node/node-taps.ts";
import type { TapDecision, TapEnd } from "./tap-decision.ts";
import type { TapNode } from "./tap-members.ts";
import type { TapObject } from "./tap-object.ts";

/** The taps that the nodes are asked for, and what was refused. */
export interface NodeProjection {
  /** The taps that concern each node, by its name. A node learns of its own ports only, and of the sink's node the address. */
  readonly taps: ReadonlyMap<string, readonly NodeTap[]>;
  /** The nodes that have no room for a tap any more, by its UID. */
  readonly full: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Projects the taps, the oldest first, onto the nodes, as far as there is room in their objects. */
export function projectOntoNodes(
  decisions: ReadonlyMap<TapObject, TapDecision>,
  nodes: readonly TapNode[],
): NodeProjection {
  const rooms = new Map(nodes.map((node) => [node.name, new NodeRoom(node)]));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const full = new Map<string, Set<string>>();
  for (const [tap, decision] of decisions) {
    if (decision.kind === "refused" || typeof tap.config === "string") continue;
    const { end, key } = decision;
    const { direction } = tap.config;
    const sources = Map.groupBy(
      decision.sources.filter(({ refusal, node }) => refusal === undefined && node !== ""),
      ({ node }) => node,
    );
    const others = [...sources.keys()].some((node) => end.kind === "pod" && node !== end.node);
    const portsOn = (name: string) => (sources.get(name) ?? []).map(({ port }) => port).sort();
    const hasRoom = (name: string): boolean => rooms.get(name)?.hasFor(portsOn(name)) !== false;
    const without = new Set<string>();
    // Copies that no node takes would be for nobody.
    const isTaken = end.kind !== "pod" || !others || hasRoom(end.node);
    for (const name of new Set([...sources.keys(), ...(end.kind === "pod" && others ? [end.node] : [])])) {
      if (!isTaken || !hasRoom(name)) {
        without.add(name);
        continue;
      }
      const room = rooms.get(name);
      const sink = room && sinkFor(room.node, end, key, others, byName);
      if (room === undefined || sink === undefined) continue;
      room.add({ uid: tap.uid, name: `${tap.namespace}/${tap.name}`, direction, sources: portsOn(name), sink });
    }
    if (without.size > 0) full.set(tap.uid, without);
  }
  return { taps: new Map([...rooms].map(([name, { taps }]) => [name, taps])), full };
}

/** The taps of a node, and the room for more: etcd takes no object of any size. */
class NodeRoom {
  readonly node: TapNode;
  readonly taps: NodeTap[] = [];
  #bytes = 0;

  constructor(node: TapNode) {
    this.node = node;
  }

  hasFor(ports: readonly string[]): boolean {
    const fits = this.#bytes + bytesOf(ports) <= maxSourceBytesOfNode;
    return fits && ports.length <= maxSourcesOfNode && this.taps.length < maxTapsOfNode;
  }

  add(tap: NodeTap): void {
    this.taps.push(tap);
    this.#bytes += bytesOf(tap.sources);
  }
}

/** Each with the quotes and the comma of JSON. */
function bytesOf(ports: readonly string[]): number {
  return ports.reduce((sum, port) => sum + port.length + 3, 0);
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
