import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MapGraph } from "./map-graph.ts";
import type { MapLayout } from "./map-layout.ts";
import { MapBox } from "./map-box.tsx";
import { lineId, pathOfLine, straightLine } from "./line-path.ts";

interface MapPictureProps {
  readonly graph: MapGraph;
  readonly layout: MapLayout;
  /** The id of the node that stands out, with its lines. */
  readonly selected: string | undefined;
  readonly onPick: (id: string) => void;
}

const scales: [number, number] = [0.08, 3];

/** The map as a picture that can be moved and zoomed. The table beside it says the same. */
export function MapPicture({ graph, layout, selected, onPick }: MapPictureProps): JSX.Element {
  const svg = useRef<SVGSVGElement>(null);
  const inner = useRef<SVGGElement>(null);
  const zoomer = useRef<ZoomBehavior<SVGSVGElement, unknown> | undefined>(undefined);
  // Whoever looks at a part of the map stays there while pods come and go.
  const isMoved = useRef(false);
  useEffect(() => {
    if (svg.current === null) return;
    zoomer.current = zoom<SVGSVGElement, unknown>()
      .scaleExtent(scales)
      .on(
        "zoom",
        ({ transform, sourceEvent }: { readonly transform: ZoomTransform; readonly sourceEvent: unknown }) => {
          // Only what a person does has an event behind it.
          isMoved.current ||= Boolean(sourceEvent);
          inner.current?.setAttribute("transform", transform.toString());
        },
      );
    select(svg.current).call(zoomer.current).on("dblclick.zoom", null);
  }, []);
  const fit = (): void => {
    isMoved.current = false;
    if (svg.current === null || zoomer.current === undefined) return;
    const { clientWidth, clientHeight } = svg.current;
    const room = Math.min(clientWidth / Math.max(1, layout.width), clientHeight / Math.max(1, layout.height));
    const scale = Math.min(1.1, Math.max(scales[0], room));
    const left = Math.max(0, (clientWidth - layout.width * scale) / 2);
    const top = Math.max(0, (clientHeight - layout.height * scale) / 2);
    zoomer.current.transform(select(svg.current), zoomIdentity.translate(left, top).scale(scale));
  };
  const scaleBy = (factor: number): void => {
    isMoved.current = true;
    if (svg.current !== null) zoomer.current?.scaleBy(select(svg.current), factor);
  };
  useEffect(() => {
    if (!isMoved.current) fit();
  }, [layout]);
  const laidOut = graph.edges.filter(({ isAside }) => !isAside);
  const aside = graph.edges.filter(({ isAside, from, to }) => isAside && (from === selected || to === selected));
  return (
    <div class="map-picture">
      <div class="map-tools" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom in" onClick={() => scaleBy(1.4)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => scaleBy(1 / 1.4)}>
          −
        </button>
        <button type="button" onClick={fit}>
          Fit
        </button>
      </div>
      <svg ref={svg} role="img" aria-label={`Map of ${graph.nodes.length} things; the table beside it says the same`}>
        <g ref={inner}>
          {laidOut.map(({ from, to, count }) => (
            <path
              key={`${from} ${to}`}
              class={lineClass(from === selected || to === selected)}
              d={pathOfLine(layout.lines.get(lineId({ from, to })) ?? [])}
              stroke-width={Math.min(5, 1.2 + Math.log10(count))}
            />
          ))}
          {aside.map(({ from, to }) => (
            <path
              key={`${from} ${to}`}
              class="line line-aside"
              d={straightLine(layout.nodes.get(from), layout.nodes.get(to))}
            />
          ))}
          {graph.nodes.map((node) => (
            <MapBox
              key={node.id}
              node={node}
              at={layout.nodes.get(node.id)}
              isSelected={node.id === selected}
              onPick={onPick}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

function lineClass(isChosen: boolean): string {
  return isChosen ? "line line-chosen" : "line";
}
