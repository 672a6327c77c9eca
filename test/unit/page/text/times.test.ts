import assert from "node:assert/strict";
import { test } from "node:test";
import { printDuration, printTime, printTimeOfDay } from "#page/text/times.ts";

test("a duration has the units that people would say", () => {
  assert.deepEqual([12.4, 1_400, 185_000, 7_800_000].map(printDuration), ["12 ms", "1.4 s", "3 min 5 s", "2 h 10 min"]);
});

test("a time is that of the reader's zone, and a text that is no time stays", () => {
  const local = new Date(2026, 10, 29, 8, 5, 9);
  assert.equal(printTimeOfDay(local.toISOString()), "08:05:09");
  assert.equal(printTime(local.toISOString()), "2026-11-29 08:05:09");
  assert.equal(printTime("soon"), "soon");
  assert.equal(printTimeOfDay("soon"), "soon");
});
