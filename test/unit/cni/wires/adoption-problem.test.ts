import assert from "node:assert/strict";
import { test } from "node:test";
import { adoptionProblem, outerPorts } from "#cni/wires/adoption-problem.ts";
import { bridgeNamed, patchPort, portNamed, viewOf } from "#test/fixtures/cni/wire-views.ts";

const reasonFor = (isTagged: boolean, ...bridges: ReturnType<typeof bridgeNamed>[]) =>
  adoptionProblem("br-x", isTagged, viewOf({ bridges }).ovs)?.reason;

test("a bridge is adopted when it is there with OVN's datapath type", () => {
  assert.equal(reasonFor(true), "BridgeMissing");
  assert.equal(reasonFor(true, bridgeNamed("br-x", [], { datapathType: "" })), "OtherDatapath");
  assert.equal(reasonFor(true, bridgeNamed("br-x", [portNamed("eth1")])), undefined);
});

test("a bridge without a type is of the kernel's datapath, as one with the type system is (it was refused)", () => {
  for (const [type, datapathType] of [
    ["", "system"],
    ["system", ""],
    ["", ""],
  ] as const) {
    const bridges = [bridgeNamed("br-x", [portNamed("eth1")], { datapathType: type })];
    assert.equal(adoptionProblem("br-x", true, viewOf({ bridges, datapathType }).ovs), undefined);
  }
});

test("a bridge whose port tags frames already is adopted for networks without a tag only", () => {
  const access = bridgeNamed("br-x", [portNamed("eth1", "", { tag: 5 })]);
  assert.equal(reasonFor(true, access), "AccessPort");
  assert.equal(reasonFor(false, access), undefined);
});

test("the ports that lead out of the node are those with interfaces of the node", () => {
  const { ports } = bridgeNamed("br-x", [portNamed("eth1"), patchPort]);
  assert.deepEqual(
    outerPorts({ ports }).map(({ name }) => name),
    ["eth1"],
  );
});
