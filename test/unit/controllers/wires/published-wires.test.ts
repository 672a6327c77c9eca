import assert from "node:assert/strict";
import { test } from "node:test";
import { projectWireNode } from "#src/controllers/wires/published-wires.ts";

const condition = (type: string, status: string, reason: string, message = "") => ({ type, status, reason, message });

function wireOf(...conditions: readonly object[]) {
  const status = { wires: [{ physicalNetwork: "lan", interface: "eth1", conditions }] };
  const metadata = { name: "n1", uid: "u", resourceVersion: "1" };
  return projectWireNode({ metadata, status }).wires?.get("lan");
}

test("a wire is ready when the agent says so, and nothing that a network on it needs is missing", () => {
  assert.equal(wireOf(condition("Ready", "True", "Connected"))?.ready, true);
  const down = wireOf(condition("Ready", "False", "NoCarrier", "eth1 has no carrier"));
  assert.deepEqual(down, { interface: "eth1", ready: false, reason: "NoCarrier", message: "eth1 has no carrier" });
  const small = wireOf(
    condition("Ready", "True", "Connected"),
    condition("MtuFits", "False", "TooSmall", "1500 < 9000"),
  );
  assert.deepEqual([small?.ready, small?.reason, small?.message], [false, "TooSmall", "1500 < 9000"]);
  assert.deepEqual([wireOf()?.ready, wireOf()?.reason], [false, "NotReported"]);
});

test("an agent that says nothing of wires, or what cannot be read, says nothing", () => {
  const metadata = { name: "n1", uid: "u", resourceVersion: "1" };
  assert.equal(projectWireNode({ metadata }).wires, undefined);
  assert.equal(projectWireNode({ metadata, status: { wires: "none" } }).wires, undefined);
  assert.equal(projectWireNode({ metadata, status: { wires: [] } }).wires?.size, 0);
});
