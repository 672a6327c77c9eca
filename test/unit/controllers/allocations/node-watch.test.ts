import assert from "node:assert/strict";
import { test } from "node:test";
import { projectNode } from "#src/controllers/allocations/node-watch.ts";

const node = (spec: unknown) => projectNode({ metadata: { name: "worker", uid: "u", resourceVersion: "1" }, spec });

test("a node is out of service by its taint, and by no other", () => {
  assert.deepEqual(node({}), { name: "worker", isOutOfService: false });
  assert.ok(!node(undefined).isOutOfService);
  assert.ok(!node({ taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] }).isOutOfService);
  assert.ok(node({ taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }] }).isOutOfService);
});
