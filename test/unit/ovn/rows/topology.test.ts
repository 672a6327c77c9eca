import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { routerLinkRows } from "#src/ovn/links/router-link.ts";
import { joinAddress, masterId, topologyRows } from "#src/ovn/rows/topology.ts";
import { cidr, ip, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const names = (withUplink: boolean) =>
  topologyRows(sampleTopology(withUplink)).map(({ id }) => id.replace("topology/", ""));

test("without an uplink there are router, join switch and gateway, joined by two ports each", () => {
  assert.deepEqual(names(false), [
    "ovn4nfv-master",
    "ovn4nfv-gateway",
    "ovn4nfv-join",
    "rtoj-ovn4nfv-master",
    "jtor-ovn4nfv-master",
    "rtoj-ovn4nfv-gateway",
    "jtor-ovn4nfv-gateway",
    "route-master-ipv4",
    "route-master-ipv6",
  ]);
});

test("an uplink adds a localnet switch and a gateway port that a group of chassis may carry", () => {
  const rows = topologyRows(sampleTopology(true));
  const port = rows.find(({ id }) => id === "topology/rtoe-ovn4nfv-gateway");
  assert.deepEqual(port?.refs, { ha_chassis_group: "topology/ovn4nfv-gateway-chassis" });
  assert.deepEqual(port.columns["networks"], ["192.0.2.10/24", "2001:db8::10/64"]);
  const chassis = rows.filter(({ table }) => table.name === "HA_Chassis").map(({ columns }) => columns);
  assert.deepEqual(chassis, [
    { chassis_name: "node-1", priority: 100 },
    { chassis_name: "node-2", priority: 99 },
  ]);
});

test("every row that NB would collect has a parent among the rows", () => {
  const rows = topologyRows(sampleTopology(true));
  const ids = new Set(rows.map(({ id }) => id));
  for (const { id, table, parent } of rows) {
    const isRoot = ["Logical_Switch", "Logical_Router", "HA_Chassis_Group"].includes(table.name);
    assert.equal(parent === undefined ? isRoot : ids.has(parent.id), true, id);
  }
});

test("the first two addresses of a join subnet are the router's and the gateway's", () => {
  const topology = sampleTopology(false);
  const text = (family: 4 | 6, end: "router" | "gateway") => printIp(joinAddress(topology, family, end) ?? ip("::"));
  assert.deepEqual([text(4, "router"), text(4, "gateway")], ["100.64.0.1", "100.64.0.2"]);
  assert.deepEqual([text(6, "router"), text(6, "gateway")], ["fd98::1", "fd98::2"]);
  assert.equal(joinAddress({ ...topology, joinSubnets: [] }, 4, "router"), undefined);
});

test("router ports of IPv6 networks that end alike have MACs of their own", () => {
  const macOf = (address: string) =>
    routerLinkRows(
      { id: masterId, port: "a" },
      { id: "s", port: "b" },
      [{ address: ip(address), cidr: cidr(`${address}/64`) }],
      "u1",
    )[0]?.columns["mac"];
  assert.notEqual(macOf("fd10::1"), macOf("fd11::1"));
});
