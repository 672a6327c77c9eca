import assert from "node:assert/strict";
import { test } from "node:test";
import { hasLabels } from "#src/api/network/label-selector.ts";
import { projectFunctionPod, projectMemberNetwork } from "#src/controllers/chains/chain-members.ts";

const metadata = { name: "one", namespace: "default", uid: "u", resourceVersion: "1" };
const ready = { conditions: [{ type: "Ready", status: "True" }] };

test("a pod gets traffic while it is ready and not being deleted", () => {
  assert.ok(projectFunctionPod({ metadata, status: ready }).ready);
  assert.ok(!projectFunctionPod({ metadata, status: { conditions: [{ type: "Ready", status: "False" }] } }).ready);
  assert.ok(!projectFunctionPod({ metadata }).ready);
  assert.ok(
    !projectFunctionPod({ metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" }, status: ready }).ready,
  );
});

test("a pod is selected by all labels, and not by some of them", () => {
  const pod = projectFunctionPod({ metadata: { ...metadata, labels: { app: "fw", tier: "edge" } } });
  assert.ok(hasLabels(pod.labels, { app: "fw", tier: "edge" }));
  assert.ok(!hasLabels(pod.labels, { app: "fw", tier: "core" }));
});

test("a Network allows chains of its own namespace, unless it says whose", () => {
  const spec = { ipv4Subnets: [{ subnet: "10.1.0.0/24" }] };
  assert.deepEqual(projectMemberNetwork({ metadata, spec }).allowChains, ["default"]);
  assert.deepEqual(
    projectMemberNetwork({ metadata, spec: { ...spec, allowChains: { names: ["telco"] } } }).allowChains,
    ["telco"],
  );
  assert.deepEqual(projectMemberNetwork({ metadata, spec: { ...spec, allowChains: {} } }).allowChains, []);
});

test("an isolated Network, and one that breaks a rule, have no port on the router", () => {
  assert.equal(
    projectMemberNetwork({ metadata, spec: { ipv4Subnets: [{ subnet: "10.1.0.0/24" }], isolated: true } }).routed,
    false,
  );
  assert.equal(projectMemberNetwork({ metadata, spec: {} }).routed, false);
});
