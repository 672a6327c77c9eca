import assert from "node:assert/strict";
import { test } from "node:test";
import { wireConditions } from "#cni/wires/wire-conditions.ts";
import { linkNamed, networkOn, ownBridge, portNamed, viewOf } from "#test/fixtures/cni/wire-views.ts";

const on = (view: ReturnType<typeof viewOf>, group = [networkOn("one")]) => {
  const { conditions } = wireConditions({ group, bridge: "br-eth1", problem: undefined, view });
  return new Map(conditions.map((condition) => [condition.type, condition]));
};
const bridges = [ownBridge()];

test("a wire without carrier is not ready, although its bridge stands", () => {
  const links = [linkNamed("eth1", { hasCarrier: false })];
  assert.equal(on(viewOf({ bridges }, { links })).get("Ready")?.reason, "NoCarrier");
});

test("a bridge that Open vSwitch cannot use, or without an interface, is not ready", () => {
  const faulty = portNamed("eth1", "", {
    interfaces: [{ name: "eth1", type: "", fault: "no such device", linkMark: "" }],
  });
  const broken = ownBridge([], { ports: [faulty] });
  assert.match(on(viewOf({ bridges: [broken] })).get("Ready")?.message ?? "", /cannot use eth1: no such device/);
  assert.equal(on(viewOf({ bridges: [ownBridge([], { ports: [] })] })).get("Ready")?.reason, "BridgeIncomplete");
});

test("networks that ask for a larger MTU are named, and the wire is ready for the others", () => {
  const seen = on(viewOf({ bridges }), [networkOn("one"), networkOn("two", { mtu: 9000 })]);
  assert.equal(seen.get("Ready")?.status, "True");
  const { status, reason, message } = seen.get("MtuFits") ?? {};
  assert.deepEqual([status, reason], ["False", "MtuTooSmall"]);
  assert.match(message ?? "", /eth1 has the MTU 1500, and default\/two asks for 9000/);
});

test("two tags need a vlan-limit that lets Open vSwitch read both", () => {
  const group = [networkOn("one", { hasDoubleTags: true })];
  const status = (vlanLimit: number) => on(viewOf({ bridges, vlanLimit }), group).get("DoubleTagsFit")?.status;
  assert.deepEqual([status(1), status(2), status(0)], ["False", "True", "True"]);
  assert.equal(on(viewOf({ bridges })).has("DoubleTagsFit"), false);
});
