// Draws the samples of a day as one SVG, for people.
import { printSvg, svgText } from "#test/drawing/svg.ts";

/** A row of the drawing, with its own scale from 0 on. */
export interface PlotRow {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly PlotLine[];
}

export interface PlotLine {
  readonly name: string;
  /** Seconds and values. A gap of more than `mostGapS` is not drawn. */
  readonly points: readonly (readonly [number, number])[];
}

export interface PlotMark {
  readonly atS: number;
  readonly name: string;
}

const width = 960;
const rowHeight = 150;
const margin = { left: 60, right: 190, top: 34, bottom: 22 };
const mostGapS = 30;
const colours = ["#1f6feb", "#d1481f", "#1a7f37", "#8250df", "#9a6700", "#57606a", "#bf3989", "#0a7d91"];

/** `marks` are drawn through all rows, and say when something was broken. */
export function drawPlot(title: string, rows: readonly PlotRow[], marks: readonly PlotMark[], seconds: number): string {
  const height = rows.length * rowHeight + 30;
  const x = (atS: number): number => margin.left + (atS / seconds) * (width - margin.left - margin.right);
  const drawn = rows.map((row, index) => drawRow(row, index * rowHeight + 24, x, seconds));
  const faults = marks.map(
    ({ atS, name }) =>
      `<line x1="${x(atS).toFixed(1)}" x2="${x(atS).toFixed(1)}" y1="24" y2="${height - 6}" stroke="#cf222e" opacity="0.25"><title>${svgText(`${name}, ${atS.toFixed(0)} s`)}</title></line>`,
  );
  const head = { text: title, x: margin.left, size: 13 };
  return printSvg({ width, height, font: { family: "sans-serif", size: 11 }, title: head }, [...faults, ...drawn]);
}

function drawRow({ title, unit, lines }: PlotRow, top: number, x: (atS: number) => number, seconds: number): string {
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 1e-9);
  const [high, low] = [top + margin.top, top + rowHeight - margin.bottom];
  const y = (value: number): number => low - (value / most) * (low - high);
  const axis = [0, most / 2, most].map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(value)}" y2="${y(value)}" stroke="#d0d7de"/>` +
      `<text x="${margin.left - 6}" y="${y(value) + 4}" text-anchor="end">${value.toPrecision(3)}</text>`,
  );
  const times = [0, seconds / 2, seconds].map(
    (atS) => `<text x="${x(atS)}" y="${low + 14}" text-anchor="middle">${(atS / 60).toFixed(1)} min</text>`,
  );
  const drawn = lines.flatMap(({ name, points }, index) => {
    const colour = colours[index % colours.length] ?? "";
    const legend = `<text x="${width - margin.right + 10}" y="${high + 6 + index * 13}" fill="${colour}">${svgText(name)}</text>`;
    const path = parts(points).map((part) => part.map(([atS, value]) => `${x(atS).toFixed(1)},${y(value).toFixed(1)}`));
    return [
      legend,
      ...path.map((one) => `<polyline fill="none" stroke="${colour}" stroke-width="1.3" points="${one.join(" ")}"/>`),
    ];
  });
  const head = `<text x="${margin.left}" y="${high - 10}" fill="#57606a">${svgText(`${title} (${unit})`)}</text>`;
  return [head, ...axis, ...times, ...drawn].join("\n");
}

/** Splits a line where a process was away. */
function parts(points: PlotLine["points"]): readonly PlotLine["points"][] {
  const all: (readonly [number, number])[][] = [];
  for (const point of points) {
    const part = all.at(-1);
    const before = part?.at(-1);
    if (part === undefined || before === undefined || point[0] - before[0] > mostGapS) all.push([point]);
    else part.push(point);
  }
  return all;
}
