import assert from "node:assert/strict";
import { test } from "node:test";
import { projectMemberNetwork } from "#src/controllers/chains/chain-members.ts";

const metadata = { name: "one", namespace: "default", uid: "u", resourceVersion: "1" };

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
