// Draws a profile of V8 as one SVG: the widths are shares of the processor time, and each frame hangs below its caller.
import { printSvg, svgText } from "#test/drawing/svg.ts";
import type { CpuProfile } from "./cpu-profile.ts";

/** A function at one place of the stack, with all time in it and in what it called. */
interface Frame {
  readonly name: string;
  readonly place: string;
  us: number;
  readonly callees: Map<string, Frame>;
}

const width = 1_200;
const rowHeight = 16;
const top = 34;
/** Frames that take less of the time are not drawn, nor what they call. */
const leastShare = 0.004;
const letterWidth = 6.2;
/** The colours of code that is ours, of packages, of Node, and of V8 itself. */
const colours = { ours: "#9ecbff", packages: "#c8e1b4", node: "#e1d5f0", engine: "#e6e6e6" };

/** Draws the last `part` of the samples, without the time in which the process waited. `folder` has the sources. */
export function drawFlameGraph(title: string, profile: CpuProfile, part: number, folder: string): string {
  const all = stacked(profile, part, folder);
  const rects: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, x: number, row: number): void => {
    const share = frame.us / all.us;
    if (share < leastShare) return;
    deepest = Math.max(deepest, row);
    rects.push(drawFrame(frame, x, row, share));
    let next = x;
    for (const callee of [...frame.callees.values()].sort((a, b) => b.us - a.us)) {
      draw(callee, next, row + 1);
      next += (callee.us / all.us) * width;
    }
  };
  draw(all, 0, 0);
  const height = top + (deepest + 1) * rowHeight + 4;
  const legend = Object.entries(colours).map(
    ([name, colour], index) =>
      `<rect x="${600 + index * 110}" y="6" width="12" height="12" fill="${colour}"/>` +
      `<text x="${616 + index * 110}" y="16">${name}</text>`,
  );
  const head = { text: title, x: 4, size: 12 };
  return printSvg({ width, height, font: { family: "monospace", size: 10 }, title: head }, [...legend, ...rects]);
}

/** Adds up the samples by the stack in which they were taken. */
function stacked({ nodes, samples, timeDeltas }: CpuProfile, part: number, folder: string): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const stackOf = (id: number): readonly number[] => {
    const caller = callers.get(id);
    return caller === undefined ? [] : [...stackOf(caller), id];
  };
  const stacks = new Map(nodes.map(({ id }) => [id, stackOf(id)]));
  const all: Frame = { name: "all", place: "", us: 0, callees: new Map() };
  for (let n = Math.floor(samples.length * (1 - part)); n < samples.length; n += 1) {
    const id = samples[n] ?? 0;
    if (byId.get(id)?.callFrame.functionName === "(idle)") continue;
    const us = timeDeltas[n + 1] ?? 0;
    all.us += us;
    let frame = all;
    for (const one of stacks.get(id) ?? []) {
      const { functionName, url } = byId.get(one)?.callFrame ?? { functionName: "", url: "" };
      const key = `${functionName} ${url}`;
      const callee = frame.callees.get(key) ?? {
        name: functionName === "" ? "(anonymous)" : functionName,
        place: placeOf(url, folder),
        us: 0,
        callees: new Map<string, Frame>(),
      };
      frame.callees.set(key, callee);
      callee.us += us;
      frame = callee;
    }
  }
  return all;
}

/** The file of a function from the root of the repository or of its package, so that no path of a machine is drawn. */
function placeOf(url: string, folder: string): string {
  if (!url.startsWith("file:")) return url;
  return url.slice(`file://${folder}/`.length).replace(/^.*node_modules\//, "");
}

function drawFrame({ name, place }: Frame, x: number, row: number, share: number): string {
  const wide = share * width;
  const letters = Math.floor((wide - 4) / letterWidth);
  const text =
    letters < 3
      ? ""
      : `<text x="${(x + 2).toFixed(1)}" y="${top + row * rowHeight + 12}">${svgText(name.slice(0, letters))}</text>`;
  const told = `${name} ${place} ${(100 * share).toFixed(1)} %`;
  return (
    `<g><title>${svgText(told)}</title><rect x="${x.toFixed(1)}" y="${top + row * rowHeight}" width="${wide.toFixed(1)}" ` +
    `height="${rowHeight - 1}" fill="${colours[kindOf(place)]}"/>${text}</g>`
  );
}

function kindOf(place: string): keyof typeof colours {
  if (place === "") return "engine";
  if (place.startsWith("node:")) return "node";
  return /^(?:packages|src|webhooks|cni|certs)\//.test(place) ? "ours" : "packages";
}
