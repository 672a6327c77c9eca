import type { JSX } from "preact";
import { kindIcons } from "./kind-icons.ts";
import type { MapNode } from "./map-groups.ts";
import type { PlacedPoint } from "./line-path.ts";
import { faultsOf } from "./map-words.ts";
import { shortLabel, sizeOfNode } from "./node-size.ts";

interface MapBoxProps {
  readonly node: MapNode;
  /** Undefined until it is laid out. */
  readonly at: PlacedPoint | undefined;
  readonly isSelected: boolean;
  readonly onPick: (id: string) => void;
}

/** A node of the map as a box with an icon, its name, and a mark when something is wrong. */
export function MapBox({ node, at, isSelected, onPick }: MapBoxProps): JSX.Element | null {
  if (at === undefined) return null;
  const { width, height } = sizeOfNode(node);
  const faults = faultsOf(node);
  const classes = ["box", `box-${node.kind}`, node.isGroup && "box-group", isSelected && "box-selected"];
  return (
    <g
      class={classes.filter(Boolean).join(" ")}
      transform={`translate(${at.x - width / 2},${at.y - height / 2})`}
      onClick={() => onPick(node.id)}
    >
      <title>{node.label}</title>
      {node.isGroup && <rect class="box-behind" x="4" y="4" width={width} height={height} rx="8" />}
      <rect class="box-body" width={width} height={height} rx="8" />
      <path class="box-icon" transform="translate(10,9)" d={kindIcons[node.kind]} />
      <text x="34" y="22">
        {shortLabel(node.label)}
      </text>
      {faults > 0 && (
        <g class="box-fault" transform={`translate(${width - 2},2)`}>
          <circle r="8" />
          <text y="4" text-anchor="middle">
            !
          </text>
        </g>
      )}
    </g>
  );
}
