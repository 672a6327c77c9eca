import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { networkRows } from "#src/ovn/rows/network-rows.ts";
import { couldBeOurs } from "#src/ovn/rows/own-names.ts";
import { providerNetworkRows } from "#src/ovn/rows/provider-network-rows.ts";
import { providerRouterRows } from "#src/ovn/rows/provider-router-rows.ts";
import { topologyRows } from "#src/ovn/rows/topology.ts";
import { uplinkRows } from "#src/ovn/rows/uplink-rows.ts";
import { cidr, ip, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const subnet = cidr("10.1.0.0/24");
const addresses = [{ address: ip("192.0.2.10"), cidr: cidr("192.0.2.0/24") }];
const network = {
  name: "blue",
  uid: "u1",
  subnets: [{ cidr: subnet, gateway: ip("10.1.0.254") }],
  excluded: [],
  dns: {},
  routes: [],
  mtu: 1400,
  snat: true,
  routed: true,
  macPrefix: undefined,
  allowed: { names: ["default"] },
} as const;
const topology = sampleTopology(true);
const outside = { kind: "physical", name: "east" } as const;
const uplink = { name: "east", uid: "u2", outside, addresses, nextHops: [], routes: [], floating: undefined };
const place = { ...topology, joinPlace: 3, providerSwitchId: undefined, chassis: ["c1", "c2"] };
const spec = {
  providerNetType: "DIRECT",
  ipv4Subnets: [{ subnet: "10.1.0.0/24" }],
  direct: { providerInterfaceName: "e" },
};

test("every name of a row is one that could be ours, but for the switch of a network", () => {
  const rows = [
    ...topologyRows(topology),
    ...networkRows(network, topology),
    ...uplinkRows(uplink, place),
    ...providerNetworkRows(parseProviderNetwork({ metadata: { name: "wire", uid: "u3" }, spec })),
    ...providerRouterRows({ name: "wire", uid: "u3", addresses, chassis: ["c1", "c2"], out: "c1" }),
  ];
  const names = rows.flatMap(({ columns: { name } }) => (typeof name === "string" ? [name] : []));
  const others = names.filter((name) => !couldBeOurs(name));
  assert.deepEqual(others, ["blue", "wire"]);
  assert.ok(names.length > 20, names.join());
});

test("the names of others are not ours: those of Kube-OVN, of switches, of ports of virtual machines", () => {
  const names = ["ovn-cluster", "ovn-cluster-join", "web-0.default", "subnet-ovn-cluster", "vms", "", undefined];
  assert.deepEqual(names.filter(couldBeOurs), []);
});
