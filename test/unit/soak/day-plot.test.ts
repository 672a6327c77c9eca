import assert from "node:assert/strict";
import { test } from "node:test";
import { drawDay } from "#test/day/day-plot.ts";

const sample = (atS: number, createMs: readonly number[]) => ({
  atS,
  created: createMs.length,
  deleted: 1,
  failed: 0,
  createMs,
});

test("a day is drawn as one picture with its faults, and a line breaks where a process was away", () => {
  const usages = [0, 5, 100, 105].map((atS) => ({ atS, memoryMiB: 100, handles: 20 }));
  const fault = { atS: 40, name: "a <fault> & more" };
  const svg = drawDay([sample(5, [10, 20]), sample(10, [])], [fault], [{ name: "webhook", pid: 1, usages }], 120);
  assert.match(svg, /^<svg [^>]+>[\s\S]*<\/svg>\n$/);
  assert.match(svg, /2 minutes; faults, in red: 1/);
  assert.match(svg, /<title>a &lt;fault&gt; &amp; more, 40 s<\/title>/);
  const [, memory = ""] = svg.split("resident memory");
  assert.equal((memory.split("open handles")[0] ?? "").match(/<polyline/g)?.length, 2);
  assert.doesNotMatch(svg, /NaN|Infinity/);
});
