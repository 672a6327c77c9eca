import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { type AddressColumns, portAddresses } from "#src/ovn/ports/port-addresses.ts";

function held(columns: Partial<AddressColumns>): { macs: readonly string[]; ips: readonly string[] } {
  const row: AddressColumns = {
    addresses: [],
    port_security: [],
    dynamic_addresses: undefined,
    type: "",
    options: new Map(),
    external_ids: new Map(),
    ...columns,
  };
  const { macs, ips } = portAddresses(row);
  return { macs, ips: ips.map(printIp) };
}

test("a static port holds its MAC and all its addresses", () => {
  assert.deepEqual(held({ addresses: ["0A:58:0a:00:00:02 10.0.0.2 fd00::2", "0a:58:0a:00:00:03"] }), {
    macs: ["0a:58:0a:00:00:02", "0a:58:0a:00:00:03"],
    ips: ["10.0.0.2", "fd00::2"],
  });
});

test("a dynamic port holds what northd chose, and the address that it asked for", () => {
  assert.deepEqual(held({ addresses: ["dynamic 10.0.0.9"], dynamic_addresses: "0a:00:00:00:00:01 10.0.0.9" }), {
    macs: ["0a:00:00:00:00:01"],
    ips: ["10.0.0.9", "10.0.0.9"],
  });
});

test("unknown and router hold nothing by themselves, and a word that is no address is passed over", () => {
  assert.deepEqual(held({ addresses: ["unknown", "router", "10.0.0.300", "zz:zz:zz:zz:zz:zz"] }), {
    macs: [],
    ips: [],
  });
});

test("a virtual port holds its virtual-ip, another type does not", () => {
  const options = new Map([["virtual-ip", "10.0.0.50"]]);
  assert.deepEqual(held({ type: "virtual", options }).ips, ["10.0.0.50"]);
  assert.deepEqual(held({ type: "localnet", options }).ips, []);
});

test("an address with a mask counts as the address", () => {
  assert.deepEqual(held({ addresses: ["0a:00:00:00:00:01 10.0.0.7/24"] }).ips, ["10.0.0.7"]);
});

const ofPod = new Map([
  [externalId("owner"), ownerValue],
  [externalId("allocation"), "a"],
]);

test("a port of ours whose addresses were edited still holds what its port security says, until both say another", () => {
  const signed = "0a:00:00:00:00:07 10.0.0.7 fd00::7";
  const edited = "0a:00:00:00:00:07 10.0.0.99";
  assert.deepEqual(held({ external_ids: ofPod, addresses: [edited], port_security: [signed] }), {
    macs: ["0a:00:00:00:00:07"],
    ips: ["10.0.0.99", "10.0.0.7", "fd00::7"],
  });
  assert.deepEqual(held({ external_ids: ofPod, addresses: [], port_security: [signed] }).ips, ["10.0.0.7", "fd00::7"]);
  assert.deepEqual(held({ external_ids: ofPod, addresses: [signed], port_security: [edited] }).ips, [
    "10.0.0.7",
    "fd00::7",
    "10.0.0.99",
  ]);
  assert.deepEqual(held({ external_ids: ofPod, addresses: [signed], port_security: [] }).ips, ["10.0.0.7", "fd00::7"]);
});

test("port security of a port that is not ours holds nothing: others may write a VIP of many ports there", () => {
  assert.deepEqual(held({ port_security: ["0a:00:00:00:00:01 10.0.0.7"] }), { macs: [], ips: [] });
});

test("each address of a port of ours is held once, though both columns say it", () => {
  const both = ["0a:00:00:00:00:01 10.0.0.7"];
  assert.deepEqual(held({ external_ids: ofPod, addresses: both, port_security: [...both] }), {
    macs: ["0a:00:00:00:00:01"],
    ips: ["10.0.0.7"],
  });
});

test("what a port of ours may only send from is not held by it, so that several pods may have it", () => {
  const external_ids = new Map([
    [externalId("owner"), ownerValue],
    [externalId("allocation"), "01J"],
    [externalId("namespace"), "default"],
    [externalId("pod"), "a"],
    [externalId("pod-uid"), "u"],
    [externalId("cluster"), "c"],
    [externalId("allowed-addresses"), "10.0.0.200 10.0.9.0/24"],
  ]);
  const addresses = ["0a:58:0a:00:00:02 10.0.0.2"];
  const port_security = ["0a:58:0a:00:00:02 10.0.0.2 10.0.0.3 10.0.0.200 10.0.9.0/24"];
  const { ips } = held({ addresses, port_security, external_ids });
  assert.deepEqual(ips, ["10.0.0.2", "10.0.0.3"], "an address that somebody added by hand is held");
});
