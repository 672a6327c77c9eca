import { useEffect, useRef, useState } from "preact/hooks";
import type { MapGraph } from "./map-graph.ts";
import type { LayoutRequest, MapLayout } from "./map-layout.ts";
import { sizeOfNode } from "./node-size.ts";

/** Has a graph laid out by the worker, again whenever its form changes. Until the first answer there is none. */
export function useLayout(graph: MapGraph): MapLayout | undefined {
  const [layout, take] = useState<MapLayout | undefined>(undefined);
  const worker = useRef<Worker | undefined>(undefined);
  const newest = useRef(0);
  useEffect(() => {
    const started = new Worker("layout.js", { type: "module" });
    worker.current = started;
    started.addEventListener("message", ({ data }: MessageEvent<MapLayout>) => {
      // An answer to an older question comes too late.
      if (data.id === newest.current) take(data);
    });
    return () => {
      worker.current = undefined;
      started.terminate();
    };
  }, []);
  const request = requestOf(graph);
  const form = JSON.stringify(request);
  useEffect(() => {
    newest.current += 1;
    worker.current?.postMessage({ ...request, id: newest.current });
  }, [form]);
  return layout;
}

function requestOf({ nodes, edges }: MapGraph): LayoutRequest {
  return {
    id: 0,
    nodes: nodes.map((node) => ({ id: node.id, ...sizeOfNode(node) })),
    edges: edges.filter(({ isAside }) => !isAside).map(({ from, to }) => ({ from, to })),
  };
}
