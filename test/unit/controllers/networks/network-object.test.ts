import assert from "node:assert/strict";
import { test } from "node:test";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";

const metadata = { name: "blue", namespace: "default", uid: "u1", resourceVersion: "7", generation: 3 };

test("spec and what guards patches are kept, other metadata is not", () => {
  const network = projectNetwork({ metadata: { ...metadata, managedFields: [{}] }, spec: { cniType: "ovn4nfv" } });
  assert.deepEqual([network.generation, network.deleting, network.status], [3, false, undefined]);
  assert.deepEqual(network.object, {
    metadata: { name: "blue", namespace: "default", uid: "u1", resourceVersion: "7", finalizers: [] },
    spec: { cniType: "ovn4nfv" },
  });
});

test("an object that is being deleted is marked, and a malformed status counts as none", () => {
  const network = projectNetwork({
    metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    status: { pools: 7 },
  });
  assert.deepEqual([network.deleting, network.status], [true, undefined]);
});
