import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addOvsPorts,
  findNoop,
  type FoundOvsPort,
  hasLogicalPort,
  isInstalled,
  isOfAttachment,
  isStale,
  isTaken,
  listOvsPorts,
  removeOvsPorts,
} from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";

const found = (ids: Record<string, string>, owner = "ovn4nfv"): FoundOvsPort => ({
  uuid: "u",
  hostName: "ovn1",
  ids: new Map(Object.entries({ [interfaceKeys.owner]: owner, ...ids })),
});
const port = found({ sandbox: "new", attachment: "net1", "cni-network": "ovn4nfv", "iface-id": "01J-net1" });

test("the owner key and value on the node are those in NB", () => {
  assert.equal(interfaceKeys.owner, externalId("owner"));
  const origin = { sandbox: "a", attachment: "net1", cniNetwork: "n" };
  const one = { hostName: "ovn1", interfaceName: "net1", mac: "0a:58:0a:01:00:07", port: "p", allocation: "a" };
  assert.ok(
    JSON.stringify(addOvsPorts("br-int", [one], origin, [])).includes(
      JSON.stringify([externalId("owner"), ownerValue]),
    ),
  );
});

test("a late DEL of an old sandbox never touches the new one, nor another attachment", () => {
  assert.equal(isOfAttachment(port, "new", "net1"), true);
  assert.equal(isOfAttachment(port, "old", "net1"), false);
  assert.equal(isOfAttachment(port, "new", "net2"), false);
});

test("GC removes what is not wanted any more, of its own CNI network only", () => {
  const wanted = [{ containerId: "new", interfaceName: "net1" }];
  assert.equal(isStale(port, "ovn4nfv", wanted), false);
  assert.equal(isStale(port, "ovn4nfv", []), true);
  assert.equal(isStale(port, "other", []), false);
});

test("what another program made is never removed by DEL or GC, only replaced when it has our logical port", () => {
  const foreign = found({ sandbox: "new", attachment: "net1", "cni-network": "ovn4nfv", "iface-id": "01J-net1" }, "");
  assert.equal(isOfAttachment(foreign, "new", "net1"), false);
  assert.equal(isStale(foreign, "ovn4nfv", []), false);
  assert.equal(hasLogicalPort(foreign, new Set(["01J-net1"])), true);
  assert.equal(hasLogicalPort(found({}), new Set(["01J-net1"])), false);
  assert.deepEqual([isTaken("01J-net1", [found({}), foreign]), isTaken("01J-net1", [found({})])], [true, false]);
});

test("a port is installed when ovn-controller says so", () => {
  assert.equal(isInstalled(port), false);
  assert.equal(isInstalled(found({ "ovn-installed": "true" })), true);
});

test("a bond is no port of ours, and an interface that is not there yet is passed over", () => {
  const interfaces = new Map([["i1", { name: "ovn1", external_ids: new Map() }]]);
  const ports = new Map([
    ["p1", { name: "ovn1", interfaces: ["i1"] }],
    ["p2", { name: "bond", interfaces: ["i1", "i2"] }],
    ["p3", { name: "late", interfaces: ["i9"] }],
  ]);
  assert.deepEqual(
    listOvsPorts(ports, interfaces).map(({ uuid }) => uuid),
    ["p1"],
  );
});

test("a port with a queueing discipline of ours has the row by which Open vSwitch leaves it alone, one for all", () => {
  const origin = { sandbox: "a", attachment: "net1", cniNetwork: "n" };
  const one = { hostName: "ovn1", interfaceName: "net1", mac: "0a:58:0a:01:00:07", port: "p", allocation: "a" };
  const shaped = [
    { ...one, isShaped: true },
    { ...one, isShaped: true },
  ];
  const written = (noop?: string) => JSON.stringify(addOvsPorts("br-int", shaped, origin, [], noop));
  assert.equal(written().split("linux-noop").length, 2);
  assert.doesNotMatch(written("0c"), /linux-noop/);
  assert.match(written("0c"), /"qos":/);
  assert.doesNotMatch(JSON.stringify(addOvsPorts("br-int", [one], origin, [])), /qos|linux-noop/);
  const ours = { type: "linux-noop", external_ids: new Map([[interfaceKeys.owner, "ovn4nfv"]]) };
  const rows = new Map([
    ["1", { ...ours, external_ids: new Map() }],
    ["2", { ...ours, type: "linux-htb" }],
    ["3", ours],
  ]);
  assert.equal(findNoop(rows), "3");
});

test("nothing to remove is no operation", () => {
  assert.deepEqual(removeOvsPorts("br-int", []), []);
});
