import assert from "node:assert/strict";
import { test } from "node:test";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import { nodeItem, wireItems } from "#src/commands/view/items/node-items.ts";
import { sampleNetwork } from "#test/fixtures/view/view-samples.ts";

const condition = (type: string, status: string, reason: string, message = "") => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const node = (name: string, wires: readonly object[]) =>
  nodeItem(
    { name, status: ovnNodeStatusSchema.parse({ systemId: "c1", agentVersion: "0.2.0", mtu: 1400, wires }) },
    [],
  );
const lan = (...conditions: readonly object[]) => ({ physicalNetwork: "lan", interface: "eth1", conditions });

test("a node has its chassis, its agent and its wires", () => {
  const item = node("n1", [lan(condition("Ready", "True", "Connected"))]);
  assert.deepEqual([item.key, item.chassis, item.agentVersion, item.mtu], ["node/n1", "c1", "0.2.0", 1400]);
  assert.deepEqual(item.wires, [{ wire: "wire/lan", interface: "eth1", ready: "yes" }]);
});

test("a wire is ready when one node has it, and otherwise says why none has", () => {
  const well = node("n1", [lan(condition("Ready", "True", "Connected"))]);
  const broken = node("n2", [lan(condition("Ready", "False", "NoCarrier", "eth1 has no carrier"))]);
  const blue = sampleNetwork("blue", { wire: "wire/lan" });
  assert.deepEqual(wireItems([blue], [], [broken, well]), [
    { kind: "wire", key: "wire/lan", name: "lan", ready: "yes", providerNetworks: ["blue"] },
  ]);
  const [wire] = wireItems([], [], [broken]);
  assert.deepEqual([wire?.ready, wire?.reason, wire?.message], ["no", "NoCarrier", "eth1 has no carrier"]);
  assert.equal(wireItems([blue], [], [])[0]?.ready, "unknown");
});
