/** A place on the map. */
export interface PlacedPoint {
  readonly x: number;
  readonly y: number;
}

/** A line through points as the `d` of a path, which leaves and arrives horizontally. */
export function pathOfLine(points: readonly PlacedPoint[]): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  let before = first;
  const parts = others.map((point) => {
    const middle = (before.x + point.x) / 2;
    const part = `C${middle},${before.y} ${middle},${point.y} ${point.x},${point.y}`;
    before = point;
    return part;
  });
  return `M${first.x},${first.y}${parts.join("")}`;
}

/** The line between the middles of two nodes, or none when one of them has no place. */
export function straightLine(from: PlacedPoint | undefined, to: PlacedPoint | undefined): string {
  return from === undefined || to === undefined ? "" : `M${from.x},${from.y}L${to.x},${to.y}`;
}

/** The name of a line in a layout. */
export function lineId({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from}\n${to}`;
}
