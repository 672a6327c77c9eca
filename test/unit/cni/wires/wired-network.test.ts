import assert from "node:assert/strict";
import { test } from "node:test";
import { wireNeeds, type WireObject } from "#cni/wires/wired-network.ts";

const object = (name: string, spec: object, other: Partial<WireObject> = {}): WireObject => ({
  object: { metadata: { name, namespace: "default", uid: name }, spec },
  key: `default/${name}`,
  name,
  uid: name,
  createdAt: "2026-01-01T00:00:00Z",
  chosenNode: undefined,
  ...other,
});
const vlan = (vlanId: number, more: object = {}) => ({
  providerNetType: "VLAN",
  vlan: { vlanId, providerInterfaceName: "eth1", vlanNodeSelector: "all" },
  ...more,
});
const node = { name: "n1", labels: { wire: "yes" } };
const none = new Set<string>();
const noFault = (key: string, error: unknown): void => assert.fail(`${key}: ${String(error)}`);

test("a network asks for its interface, and what frames need of it", () => {
  const { networks } = wireNeeds([object("one", vlan(100, { ethtype: "802.1ad", mtu: 9000 }))], node, none, noFault);
  assert.deepEqual(networks, [
    {
      name: "default/one",
      physicalNetwork: "ovn4nfv-eth1",
      entry: { kind: "interface", name: "eth1" },
      takesHandMade: false,
      isTagged: true,
      hasDoubleTags: true,
      mtu: 9000,
    },
  ]);
});

test("the older network comes first, and one that is not for this node does not come", () => {
  const selected = { vlanNodeSelector: "specific", providerInterfaceName: "eth1" };
  const objects = [
    object("young", vlan(3), { createdAt: "2026-01-02T00:00:00Z" }),
    object("b", vlan(2)),
    object("a", vlan(1)),
    object("here", { providerNetType: "VLAN", vlan: { vlanId: 5, ...selected, nodeLabelList: ["wire=yes"] } }),
    object("there", { providerNetType: "VLAN", vlan: { vlanId: 6, ...selected, nodeLabelList: ["wire=no"] } }),
  ];
  const names = wireNeeds(objects, node, none, noFault).networks.map(({ name }) => name);
  assert.deepEqual(names, ["default/a", "default/b", "default/here", "default/young"]);
});

test("an object that cannot be read is told and left out", () => {
  const faults: string[] = [];
  const odd = object("odd", { providerNetType: "VLAN" });
  assert.deepEqual(wireNeeds([odd], node, none, (key) => faults.push(key)).networks, []);
  assert.deepEqual(faults, ["default/odd"]);
});

test("a wire is used by pods of its networks, also on a node that is not to carry it any more", () => {
  const elsewhere = { vlanNodeSelector: "specific", nodeLabelList: ["wire=no"], providerInterfaceName: "eth2" };
  const objects = [
    object("one", vlan(1)),
    object("left", { providerNetType: "VLAN", vlan: { vlanId: 6, ...elsewhere } }),
  ];
  const { networks, used } = wireNeeds(objects, node, new Set(["left", "overlay"]), noFault);
  assert.deepEqual([networks.map(({ name }) => name), [...used]], [["default/one"], ["ovn4nfv-eth2"]]);
});
