import assert from "node:assert/strict";
import { test } from "node:test";
import { churned, readScaleSize, sizeName, windowOf } from "#test/bench/scale/scale-size.ts";
import { quantileMs } from "#test/bench/scale/admission-times.ts";

test("a run has fifty thousand pods on a thousand nodes, unless the environment names another", () => {
  assert.deepEqual(readScaleSize({}), { pods: 50_000, nodes: 1_000, networks: 200, clients: 16 });
  assert.equal(readScaleSize({ PODS: "2000" }).pods, 2_000);
  assert.throws(() => readScaleSize({ PODS: "many" }));
});

test("one pod of ten goes, and a thousand creates at each end are compared where there are enough", () => {
  const small = readScaleSize({ PODS: "2000" });
  assert.deepEqual([churned(small), windowOf(small)], [200, 500]);
  assert.equal(windowOf(readScaleSize({})), 1_000);
  assert.deepEqual([sizeName(50_000), sizeName(1_500)], ["50k", "1500"]);
});

test("a quantile lies on a line inside its bucket, and counts only what came between", () => {
  const from = new Map([
    [0.01, 5],
    [0.02, 5],
    [Number.POSITIVE_INFINITY, 5],
  ]);
  const to = new Map([
    [0.01, 5],
    [0.02, 105],
    [Number.POSITIVE_INFINITY, 105],
  ]);
  assert.equal(quantileMs(from, to, 0.5), 15);
});
