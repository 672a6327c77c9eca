import assert from "node:assert/strict";
import { test } from "node:test";
import { ovnNodeCrd } from "#src/api/node/ovn-node-crd.ts";
import { ovnNodeStatusSchema, systemIdPattern } from "#src/api/node/ovn-node-schema.ts";
import { testCrd } from "#test/assertions/crd-file.ts";

testCrd("node/ovn-node", ovnNodeCrd());

test("a system id that OVN would read as several chassis, or as none, is not accepted", () => {
  for (const id of ["5d6a9b1e-7a3f-4b57-8f6d-0d1f6f3f0a11", "n1", "node-1.example.org", "a"]) {
    assert.ok(systemIdPattern.test(id), id);
    assert.ok(ovnNodeStatusSchema.safeParse({ systemId: id }).success, id);
  }
  for (const id of ["", "n1,n2", "n1 ", "-n1", "n1\n", "ä"]) assert.ok(!systemIdPattern.test(id), JSON.stringify(id));
});

test("a node says how it is connected to physical networks, and what keeps it from that", () => {
  const condition = {
    type: "Ready",
    status: "True",
    reason: "Connected",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const wire = { physicalNetwork: "eth1", interface: "eth1", bridge: "br-eth1", mtu: 9000, conditions: [condition] };
  assert.deepEqual(ovnNodeStatusSchema.parse({ wires: [wire] }), { wires: [wire] });
  const refused = {
    physicalNetwork: "eth1",
    conditions: [{ ...condition, status: "False", reason: "InterfaceMissing" }],
  };
  assert.deepEqual(ovnNodeStatusSchema.parse({ wires: [refused] }), { wires: [refused] });
  assert.ok(!ovnNodeStatusSchema.safeParse({ wires: [{ ...wire, interface: "longer-than-15-b" }] }).success);
});
