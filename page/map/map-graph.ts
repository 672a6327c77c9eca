import type { ViewItem } from "#src/view/contract/view-item.ts";
import { groupItems, type MapNode } from "./map-groups.ts";
import { linksOf } from "./map-links.ts";

/** A line between two nodes of the map. */
export interface MapEdge {
  /** The node that is nearer to the outside of the cluster. */
  readonly from: string;
  readonly to: string;
  /** The number of links that it stands for. */
  readonly count: number;
  readonly isAside: boolean;
}

export interface MapGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** The node in which an object is, by the object's key. */
  readonly nodeOf: ReadonlyMap<string, string>;
}

/** Makes the graph of the objects that are to be seen. */
export function graphOf(items: readonly ViewItem[], open: ReadonlySet<string>): MapGraph {
  const nodes = groupItems(items, open);
  const nodeOf = new Map(nodes.flatMap(({ id, members }) => members.map(({ key }) => [key, id] as const)));
  const edges = new Map<string, MapEdge>();
  const inner = new Set(items.flatMap((item) => (item.kind === "network" ? item.routers : [])));
  for (const item of items) {
    const own = nodeOf.get(item.key);
    for (const { to: key, isAside } of linksOf(item)) {
      const other = nodeOf.get(key);
      if (own === undefined || other === undefined || own === other) continue;
      // Nodes are innermost, all other links lead outwards. The inner one of two routers is the one that networks have.
      const isInner = key.startsWith("node/") || (item.kind === "router" && inner.has(key) && !inner.has(item.key));
      const [from, to] = isInner ? [own, other] : [other, own];
      const id = `${from}\n${to}`;
      const before = edges.get(id);
      // Two routers name each other, and their link is one.
      const isPair = item.kind === "router" && key.startsWith("router/");
      if (isPair && (before !== undefined || edges.has(`${to}\n${from}`))) continue;
      edges.set(id, { from, to, count: (before?.count ?? 0) + 1, isAside: isAside && (before?.isAside ?? true) });
    }
  }
  return { nodes, edges: [...edges.values()], nodeOf };
}

/**
 * The objects that `wanted` finds, with what they are connected to on the way outwards and to their nodes, and with what is
 * connected to them.
 */
export function itemsAround(items: readonly ViewItem[], wanted: (item: ViewItem) => boolean): readonly ViewItem[] {
  const byKey = new Map(items.map((item) => [item.key, item] as const));
  const found = new Set<string>();
  const seeds = items.filter(wanted);
  const visit = (item: ViewItem): void => {
    if (found.has(item.key)) return;
    found.add(item.key);
    for (const { to, isAside } of linksOf(item)) {
      const next = byKey.get(to);
      if (next !== undefined && !isAside) visit(next);
    }
  };
  for (const seed of seeds) visit(seed);
  const keys = new Set(seeds.map(({ key }) => key));
  for (const item of items) if (linksOf(item).some(({ to, isAside }) => !isAside && keys.has(to))) found.add(item.key);
  return items.filter(({ key }) => found.has(key));
}

/** The ids of the nodes to which a node has lines. */
export function neighboursOf({ edges }: MapGraph, id: string): readonly string[] {
  return edges.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));
}
