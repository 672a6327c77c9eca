import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOfLine, straightLine } from "#page/map/line-path.ts";
import { shortLabel, sizeOfNode } from "#page/map/node-size.ts";

test("a line leaves and arrives horizontally at each of its points", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 20 },
    { x: 30, y: 20 },
  ];
  assert.equal(pathOfLine(points), "M0,0C5,0 5,20 10,20C20,20 20,20 30,20");
  assert.equal(pathOfLine([]), "");
});

test("a line to what has no place is none", () => {
  assert.equal(straightLine({ x: 1, y: 2 }, { x: 3, y: 4 }), "M1,2L3,4");
  assert.equal(straightLine(undefined, { x: 3, y: 4 }), "");
});

test("a box is as wide as its label, which has an end", () => {
  assert.ok(sizeOfNode({ label: "a" }).width < sizeOfNode({ label: "a long name" }).width);
  assert.equal(Array.from(shortLabel("🦊".repeat(40))).length, 26);
});
