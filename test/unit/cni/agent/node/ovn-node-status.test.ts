import assert from "node:assert/strict";
import { test } from "node:test";
import { ovnNodeStatus, saysTheSame } from "#cni/agent/node/ovn-node-status.ts";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";

const seen = { encapIps: ["198.51.100.1"], mtu: 1400, agentVersion: "1.2.3" };
const facts = { ...seen, systemId: "c-1", controllers: [] as readonly string[] };
const early = "2026-01-01T00:00:00Z";
const late = "2026-01-02T00:00:00Z";

test("the status says what the agent sees, and fits the schema of the CRD", () => {
  const status = ovnNodeStatus(facts, undefined, early);
  const conditions = [{ type: "Ready", status: "True", reason: "Published", message: "", lastTransitionTime: early }];
  assert.deepEqual(status, { ...seen, systemId: "c-1", conditions, wires: [] });
  assert.deepEqual(ovnNodeStatusSchema.parse(status), status);
});

test("a system id that no port can request is told and not published", () => {
  for (const [systemId, controllers, reason] of [
    [undefined, [], "NoSystemId"],
    ["a,b", [], "WrongSystemId"],
    ["c-1", ["c-2"], "OtherChassis"],
  ] as const) {
    const { systemId: published, conditions } = ovnNodeStatus({ ...facts, systemId, controllers }, undefined, early);
    assert.equal(published, undefined);
    assert.deepEqual(
      conditions?.map((each) => [each.status, each.reason]),
      [["False", reason]],
    );
  }
});

test("an id is published that one of the ovn-controllers has, or when none tells", () => {
  for (const controllers of [[], ["c-1"], ["c-0", "c-1"]]) {
    assert.equal(ovnNodeStatus({ ...facts, controllers }, undefined, early).systemId, "c-1");
  }
});

test("the time of the condition changes when it turns, and alone it is nothing to write", () => {
  const before = ovnNodeStatus(facts, undefined, early);
  const again = ovnNodeStatus(facts, before, late);
  assert.equal(again.conditions?.[0]?.lastTransitionTime, early);
  const gone = ovnNodeStatus({ ...facts, systemId: undefined }, before, late);
  assert.equal(gone.conditions?.[0]?.lastTransitionTime, late);
  assert.ok(saysTheSame(before, ovnNodeStatus(facts, undefined, late)));
  assert.ok(!saysTheSame(before, gone));
  assert.ok(!saysTheSame(undefined, before));
  assert.ok(!saysTheSame(before, { ...before, encapIps: [] }));
});

test("the time of a wire's condition changes when that condition of that wire turns", () => {
  const wire = (status: "True" | "False") => {
    const conditions = [
      { type: "Ready", status, reason: "r", message: "m" },
      { type: "MtuFits", status: "True", reason: "Fits", message: "" },
    ] as const;
    return [{ physicalNetwork: "a", interface: "eth1", mtu: 1500, conditions }];
  };
  const before = ovnNodeStatus({ ...facts, wires: wire("True") }, undefined, early);
  assert.deepEqual(ovnNodeStatusSchema.parse(before), before);
  const turned = ovnNodeStatus({ ...facts, wires: wire("False") }, before, late);
  const times = turned.wires?.[0]?.conditions.map(({ lastTransitionTime }) => lastTransitionTime);
  assert.deepEqual(times, [late, early]);
  assert.ok(!saysTheSame(before, turned));
  assert.ok(saysTheSame(before, ovnNodeStatus({ ...facts, wires: wire("True") }, before, late)));
  assert.ok(saysTheSame(before, ovnNodeStatus(facts, before, late)), "unknown wires are not told");
});
