import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { type AddressColumns, portAddresses } from "#src/ovn/port-addresses.ts";

function held(columns: Partial<AddressColumns>): { macs: readonly string[]; ips: readonly string[] } {
  const row = { addresses: [], dynamic_addresses: undefined, type: "", options: new Map(), ...columns };
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
