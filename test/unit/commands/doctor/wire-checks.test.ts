import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeWires } from "#src/commands/doctor/wire-checks.ts";
import type { NodePlace } from "#src/commands/doctor/facts.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const condition = (type: string, status: "True" | "False", reason: string, message: string) => {
  return { type, status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" };
};
const judged = async (...nodes: readonly NodePlace[]) => {
  const findings = judgeWires({ ...(await healthyFacts()), nodes: { value: nodes } });
  return findings.map(({ health, says }) => `${health} ${says}`);
};
const place = (name: string, ...conditions: ReturnType<typeof condition>[]): NodePlace => {
  return { name, chassis: name, wires: [{ physicalNetwork: "ovn4nfv-eth1", conditions }] };
};
const ready = condition("Ready", "True", "Connected", "eth1 on br-eth1");

test("there is nothing to say without physical networks, and one line when all nodes carry theirs", async () => {
  assert.deepEqual(await judged({ name: "n1", chassis: "n1" }), []);
  const all = await judged(place("n1", ready), { name: "n2", chassis: "n2" });
  assert.deepEqual(all, ["ok ovn4nfv-eth1 on 1 of 2 nodes"]);
});

test("a node that refuses an interface is named with reason and remedy, and one with too small an MTU is a warning", async () => {
  const refused = condition("Ready", "False", "InterfaceHasAddress", "eth1 has the address 10.0.0.7/8: take it away");
  const small = condition("MtuFits", "False", "MtuTooSmall", "eth1 has the MTU 1500");
  assert.deepEqual(await judged(place("n1", refused), place("n2", ready, small)), [
    "failed node n1 and ovn4nfv-eth1 (InterfaceHasAddress): eth1 has the address 10.0.0.7/8: take it away",
    "warning node n2 and ovn4nfv-eth1 (MtuTooSmall): eth1 has the MTU 1500",
  ]);
});
