import assert from "node:assert/strict";
import { test } from "node:test";
import { printDecimal, printMore, printNumberOf, printShare, shareOf } from "#page/text/counts.ts";

test("thousands are apart, and a number that nobody reads is a power of ten", () => {
  assert.equal(printDecimal("254"), "254");
  assert.equal(printDecimal("1048576"), "1\u202f048\u202f576");
  assert.equal(printDecimal("18446744073709551615"), "1.84 × 10¹⁹");
  assert.equal(printDecimal("many"), "many");
});

test("the share of numbers that floating point cannot tell is right", () => {
  assert.equal(shareOf("9223372036854775808", "18446744073709551616"), 0.5);
  assert.equal(shareOf("1", "0"), 0);
});

test("what is there but rounds to nothing, and what is left but rounds to all, is said", () => {
  assert.equal(printShare(0.001), "<1 %");
  assert.equal(printShare(0.9999), ">99 %");
  assert.deepEqual([0, 0.5, 1].map(printShare), ["0 %", "50 %", "100 %"]);
});

test("what is counted and not named is said, where there is any", () => {
  assert.deepEqual([0, 4_936].map(printMore), ["", "and 4\u202f936 more"]);
});

test("one is one, and all others are many", () => {
  assert.equal(printNumberOf(1, "pod"), "1 pod");
  assert.equal(printNumberOf(0, "pod"), "0 pods");
  assert.equal(printNumberOf(2, "object of a class", "objects of a class"), "2 objects of a class");
});
