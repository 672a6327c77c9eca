import assert from "node:assert/strict";
import { test } from "node:test";
import { DriftTracker } from "#src/controllers/allocation-rules/drift-tracker.ts";
import { createMetrics } from "#src/core/metrics.ts";

async function lines(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.registry.metrics()).split("\n").filter((line) => line.startsWith("ovn4nfv_drift_"));
}

test("what is found is open until a look does not find it any more, and counted once", async () => {
  const metrics = createMetrics();
  const ledger = new DriftTracker(metrics);
  ledger.record("A", ["missing", "no finalizer"]);
  ledger.record("A", ["missing"]);
  ledger.record("B", ["missing"]);
  ledger.record("C", []);
  assert.deepEqual(await lines(metrics), [
    'ovn4nfv_drift_open{problem="missing"} 2',
    'ovn4nfv_drift_open{problem="no finalizer"} 0',
    'ovn4nfv_drift_findings_total{problem="missing"} 2',
    'ovn4nfv_drift_findings_total{problem="no finalizer"} 1',
  ]);
  ledger.record("A", []);
  ledger.record("A", ["missing"]);
  assert.ok((await lines(metrics)).includes('ovn4nfv_drift_findings_total{problem="missing"} 3'));
});

test("a process that does not lead any more says nothing of what is open", async () => {
  const metrics = createMetrics();
  const ledger = new DriftTracker(metrics);
  ledger.record("A", ["orphan"]);
  ledger.close();
  assert.deepEqual(await lines(metrics), ['ovn4nfv_drift_findings_total{problem="orphan"} 1']);
});
