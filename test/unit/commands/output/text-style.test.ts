import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { columnsOf, paint, readyTone, styleOf } from "#src/commands/output/text-style.ts";

const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 132 });
const pipe = new PassThrough();

test("a terminal has a width and colours, a pipe has neither", () => {
  assert.deepEqual(styleOf(terminal, {}), { width: 132, hasColors: true });
  assert.deepEqual(styleOf(pipe, {}), { width: undefined, hasColors: false });
  assert.equal(columnsOf(Object.assign(new PassThrough(), { columns: 0 })), undefined);
});

test("NO_COLOR and a dumb terminal take the colours away, and FORCE_COLOR decides before both", () => {
  assert.equal(styleOf(terminal, { NO_COLOR: "1" }).hasColors, false);
  assert.equal(styleOf(terminal, { NO_COLOR: "" }).hasColors, true);
  assert.equal(styleOf(terminal, { TERM: "dumb" }).hasColors, false);
  assert.equal(styleOf(terminal, { FORCE_COLOR: "0" }).hasColors, false);
  assert.equal(styleOf(terminal, { FORCE_COLOR: "1", NO_COLOR: "1" }).hasColors, true);
  assert.deepEqual(styleOf(pipe, { FORCE_COLOR: "1" }), { width: undefined, hasColors: true });
});

test("a text is painted where there are colours, and never an empty one", () => {
  assert.equal(paint("ok", "good", { hasColors: true }), "\u001b[32mok\u001b[39m");
  assert.equal(paint("ok", "good", { hasColors: false }), "ok");
  assert.equal(paint("", "bad", { hasColors: true }), "");
  assert.equal(paint("ok", undefined, { hasColors: true }), "ok");
});

test("a condition that holds is good, one that nobody wrote a warning, and a reason bad", () => {
  assert.deepEqual(["True", "Unknown", "NoSlices", "-", undefined].map(readyTone), [
    "good",
    "warning",
    "bad",
    undefined,
    undefined,
  ]);
});
