import assert from "node:assert/strict";
import { test } from "node:test";
import { fitWarnings, maxAllWarningsRunes, maxWarningRunes } from "#webhooks/admission/warnings.ts";

const runes = (text: string): number => Array.from(text).length;

test("warnings within the limits are left alone, and given once", () => {
  assert.deepEqual(fitWarnings(["one", "two", "one"]), ["one", "two"]);
  assert.deepEqual(fitWarnings(["x".repeat(maxWarningRunes)]), ["x".repeat(maxWarningRunes)]);
});

test("a long warning is cut to the limit by runes, never inside one", () => {
  const [cut] = fitWarnings(["🐟".repeat(300)]);
  assert.equal(runes(cut ?? ""), maxWarningRunes);
  assert.match(cut ?? "", /^🐟+…$/u);
  assert.deepEqual(fitWarnings(["🐟".repeat(200)]), ["🐟".repeat(200)]);
});

test("what does not fit into the total is counted in a last line", () => {
  const many = Array.from({ length: 40 }, (_, index) => `${index} `.padEnd(200, "x"));
  const fitted = fitWarnings(many);
  const total = fitted.reduce((sum, text) => sum + runes(text), 0);
  assert.ok(total <= maxAllWarningsRunes);
  assert.equal(fitted.at(-1), `${40 - (fitted.length - 1)} more warnings were left out`);
  assert.ok(fitted.length >= 20);
});
