import assert from "node:assert/strict";
import { test } from "node:test";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";
import { type NetworkSettings, networkRows, switchSettings } from "#src/ovn/rows/network-rows.ts";
import { cidr, ip, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const blue: NetworkSettings = {
  name: "blue",
  uid: "u1",
  subnets: [
    { cidr: cidr("10.1.0.0/24"), gateway: ip("10.1.0.254") },
    { cidr: cidr("fd10::/64"), gateway: ip("fd10::1") },
  ],
  excluded: [{ first: ip("10.1.0.2"), last: ip("10.1.0.9") }],
  dns: { nameservers: ["10.1.0.53"] },
  routes: [{ dst: cidr("192.0.2.0/24"), gateway: ip("10.1.0.7") }],
  mtu: 1400,
  snat: false,
  routed: true,
  macPrefix: "02:ab",
  allowed: { names: ["default"] },
};

test("the webhook reads from the switch what the controller wrote on it", () => {
  const external_ids = new Map(Object.entries(switchSettings(blue)));
  const read = networkFromSwitch("s", { name: "blue", other_config: new Map(), external_ids }, []);
  assert.equal(read.problem, undefined);
  assert.deepEqual(
    read.subnets.map(({ cidr: subnet, gateway }) => ({ cidr: subnet, gateway })),
    blue.subnets,
  );
  assert.deepEqual(read.subnets[0]?.excluded, blue.excluded);
  assert.deepEqual(read.routes, blue.routes);
  assert.deepEqual(read.dns, blue.dns);
  assert.deepEqual([read.mtu, read.macPrefix, Array.from(read.allowedNamespaces)], [1400, "02:ab", ["default"]]);
});

test("a network of one family has no way back in the other", () => {
  const ids = networkRows({ ...blue, subnets: blue.subnets.slice(1) }, sampleTopology(false)).map(({ id }) => id);
  assert.deepEqual(ids, ["u1/switch", "u1/rtos-blue", "u1/stor-blue", "u1/route-fd10::/64"]);
});

test("source NAT takes the uplink's address of the family", () => {
  const rows = networkRows({ ...blue, snat: true }, sampleTopology(true)).filter(({ table }) => table.name === "NAT");
  assert.deepEqual(
    rows.map(({ columns }) => columns["external_ip"]),
    ["192.0.2.10", "2001:db8::10"],
  );
});

test("where labels decide, the switch is open and carries the selector for the webhook", () => {
  const allowed = { names: ["default"], selector: { matchLabels: { team: "blue" } } };
  const external_ids = new Map(Object.entries(switchSettings({ ...blue, allowed })));
  const read = networkFromSwitch("s", { name: "blue", other_config: new Map(), external_ids }, []);
  assert.equal(read.allowedNamespaces, "*");
  assert.deepEqual(JSON.parse(read.namespaceSelector ?? ""), allowed);
});
