import assert from "node:assert/strict";
import { test } from "node:test";
import { unbreakableWidth, wrap, wrapCell } from "#src/commands/output/wrapped-text.ts";

test("a word that is longer than the width has a line of its own", () => {
  assert.deepEqual(wrap("see kubectl-label-namespace now", 10), ["see", "kubectl-label-namespace", "now"]);
  assert.deepEqual(wrap("two\nlines", 80), ["two lines"]);
});

test("a cell is also broken behind commas, and joined without spaces where it has none", () => {
  assert.deepEqual(wrapCell("10.0.0.1,fd00::1 x", 80), ["10.0.0.1,fd00::1 x"]);
  assert.deepEqual(wrapCell("10.0.0.1,fd00::1 x", 10), ["10.0.0.1,", "fd00::1 x"]);
  assert.equal(unbreakableWidth("10.0.0.1,fd00::1 x"), 9);
});
