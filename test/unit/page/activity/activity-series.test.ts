import assert from "node:assert/strict";
import { test } from "node:test";
import { plotOf, reasonsOf, totalsOf } from "#page/activity/activity-series.ts";

const minutes = [
  { at: "2026-11-29T12:00:00Z", allocations: 3, releases: 1, refusals: { PoolExhausted: 2, InvalidRequest: 2 } },
  { at: "2026-11-29T12:01:00Z", allocations: 0, releases: 2, refusals: { PoolExhausted: 1 } },
];

test("a plot has a time and a number of each series for each minute", () => {
  assert.deepEqual(plotOf(minutes, ["allocations", "refusals"]).columns, [
    [1_795_953_600, 1_795_953_660],
    [3, 0],
    [4, 1],
  ]);
});

test("the hour is summed, and its reasons come by number, then by name", () => {
  assert.deepEqual(totalsOf(minutes), { allocations: 3, releases: 3, refusals: 5 });
  assert.deepEqual(reasonsOf(minutes), [
    ["PoolExhausted", 3],
    ["InvalidRequest", 2],
  ]);
});
