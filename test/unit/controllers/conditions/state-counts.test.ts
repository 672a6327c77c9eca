import assert from "node:assert/strict";
import { test } from "node:test";
import { StateCounts } from "#src/controllers/conditions/state-counts.ts";

test("objects are counted in the state that they are in, and all states are told when one moves", () => {
  const told: Record<string, number>[] = [];
  let now: Record<string, number> = {};
  const counts = new StateCounts(["ready", "waiting"], (state, count) => {
    now = { ...now, [state]: count };
    if (state === "waiting") told.push(now);
  });
  counts.set("a", "waiting");
  counts.set("b", "waiting");
  counts.set("a", "ready");
  counts.set("a", "ready");
  counts.set("b", undefined);
  counts.set("c", undefined);
  assert.deepEqual(told, [
    { ready: 0, waiting: 1 },
    { ready: 0, waiting: 2 },
    { ready: 1, waiting: 1 },
    { ready: 1, waiting: 0 },
  ]);
});
