import type { MapNode } from "./map-groups.ts";

const mostLetters = 26;
const letterWidth = 7.2;
/** The width of the icon, the mark of the state, and the space around. */
const frameWidth = 50;

/** The label of a node as there is room for it. */
export function shortLabel(label: string): string {
  const letters = Array.from(label);
  return letters.length <= mostLetters ? label : `${letters.slice(0, mostLetters - 1).join("")}…`;
}

/** The size of a node's box, by its label. */
export function sizeOfNode({ label }: Pick<MapNode, "label">): { readonly width: number; readonly height: number } {
  return { width: Math.round(frameWidth + Array.from(shortLabel(label)).length * letterWidth), height: 34 };
}
