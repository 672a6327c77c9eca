import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeWatch, projectNode } from "#src/controllers/allocations/node-watch.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const node = (spec: unknown) => projectNode({ metadata: { name: "worker", uid: "u", resourceVersion: "1" }, spec });

test("a node is out of service by its taint, and by no other", () => {
  assert.deepEqual(node({}), { name: "worker", isOutOfService: false });
  assert.ok(!node(undefined).isOutOfService);
  assert.ok(!node({ taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] }).isOutOfService);
  assert.ok(node({ taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }] }).isOutOfService);
});

/** The state of a node that the watch has not shown, when a live read is answered like this. */
function stateByRead(answer: () => unknown) {
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const watch = new NodeWatch({ ...parts, client: new FakeApiClient(answer), onLost: () => undefined });
  return watch.state("worker", AbortSignal.any([]));
}

test("a node that the watch does not show is gone only when a live read says so", async () => {
  const metadata = { name: "worker", uid: "u", resourceVersion: "1" };
  const taints = [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }];
  assert.equal(await stateByRead(() => ({ metadata, spec: {} })), "there");
  assert.equal(await stateByRead(() => ({ metadata, spec: { taints } })), "out-of-service");
  const missing = () => {
    throw statusError(404, "NotFound");
  };
  assert.equal(await stateByRead(missing), "gone");
});

test("an API server that cannot answer is no proof that a node is gone", async () => {
  const broken = () => {
    throw statusError(500, "InternalError");
  };
  await assert.rejects(stateByRead(broken), { code: "KubeApiError" });
});
