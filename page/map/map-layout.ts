import { Graph, layout } from "@dagrejs/dagre";
import { lineId, type PlacedPoint } from "./line-path.ts";

/** A graph as the worker gets it: plain data. */
export interface LayoutRequest {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** Where everything is: the middles of nodes by id, and the points of lines by `lineId`. */
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, PlacedPoint>;
  readonly lines: ReadonlyMap<string, readonly PlacedPoint[]>;
}

/** Places nodes in columns, from the outside of the cluster on the left to the nodes on the right, with few crossings. */
export function placeGraph({ nodes, edges }: LayoutRequest): MapLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 90, edgesep: 8, marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id: name, width, height } of nodes) graph.setNode(name, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  return {
    width: finite(width),
    height: finite(height),
    nodes: new Map(nodes.map(({ id: name }) => [name, pointOf(graph.node(name) as PlacedPoint)])),
    lines: new Map(
      edges.map(({ from, to }) => {
        const { points = [] } = graph.edge(from, to) as { readonly points?: readonly PlacedPoint[] };
        return [lineId({ from, to }), points.map(pointOf)];
      }),
    ),
  };
}

function pointOf({ x, y }: PlacedPoint): PlacedPoint {
  return { x: Math.round(x), y: Math.round(y) };
}

/** An empty graph has no size. */
function finite(size: number): number {
  return Number.isFinite(size) ? size : 0;
}
