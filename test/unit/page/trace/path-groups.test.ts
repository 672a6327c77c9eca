import assert from "node:assert/strict";
import { test } from "node:test";
import { groupSteps } from "#page/trace/path-groups.ts";

test("steps in one place are one group, and a place that is passed twice is two", () => {
  const steps = ["blue", "blue", "edge", "blue"].map((where, at) => ({ where, what: `step ${at}`, by: "-" }));
  assert.deepEqual(
    groupSteps(steps).map(({ where, steps: inside }) => [where, inside.length]),
    [
      ["blue", 2],
      ["edge", 1],
      ["blue", 1],
    ],
  );
});
