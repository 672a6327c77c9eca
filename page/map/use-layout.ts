import { useEffect, useRef, useState } from "preact/hooks";
import { useTurns } from "../live/use-turns.ts";
import type { MapGraph } from "./map-graph.ts";
import type { LayoutRequest, MapLayout } from "./map-layout.ts";
import { sizeOfNode } from "./node-size.ts";

/** Has a graph laid out by the worker, again whenever its form changes. Until the first answer there is none. */
export function useLayout(graph: MapGraph): MapLayout | undefined {
  const [layout, take] = useState<MapLayout | undefined>(undefined);
  const worker = useRef<Worker | undefined>(undefined);
  useEffect(() => {
    const started = new Worker("layout.js", { type: "module" });
    worker.current = started;
    return () => {
      worker.current = undefined;
      started.terminate();
    };
  }, []);
  const request = requestOf(graph);
  useTurns("the map", JSON.stringify(request), async (signal) => {
    const { current } = worker;
    const answer = current === undefined ? undefined : await layOut(current, request);
    if (answer !== undefined && !signal.aborted) take(answer);
  });
  return layout;
}

/** Gives undefined for a graph that the worker cannot lay out. */
function layOut(worker: Worker, request: LayoutRequest): Promise<MapLayout | undefined> {
  return new Promise((resolve) => {
    const heard = new AbortController();
    const end = (answer: MapLayout | undefined): void => {
      heard.abort();
      resolve(answer);
    };
    const { signal } = heard;
    worker.addEventListener("message", ({ data }: MessageEvent<MapLayout>) => end(data), { signal });
    worker.addEventListener("error", () => end(undefined), { signal });
    worker.postMessage(request);
  });
}

function requestOf({ nodes, edges }: MapGraph): LayoutRequest {
  return {
    nodes: nodes.map((node) => ({ id: node.id, ...sizeOfNode(node) })),
    edges: edges.filter(({ isAside }) => !isAside).map(({ from, to }) => ({ from, to })),
  };
}
