import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkState, NetworkState } from "#cni/plumbing/network-state.ts";
import { kernelDifferences } from "#cni/plumbing/pod-differences.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400).slice(1);
const link = (name: string, mac: string, mtu: number, ...addresses: readonly string[]): LinkState => {
  const stack = { hasCarrier: true, master: undefined, lower: undefined };
  return { name, mac, mtu, isUp: true, index: 7, alias: undefined, ...stack, addresses };
};
const good: NetworkState = {
  links: [
    link("net2", "0a:58:0a:02:00:07", 1300, "10.2.0.7/24", "fd00:2::7/64", "fe80::1/64"),
    link("net3", "0a:58:0a:03:00:07", 1400, "10.3.0.7/24", "10.3.0.8/24"),
  ],
  routes: [
    { to: "0.0.0.0/0", hops: [{ device: "net2", gateway: "10.2.0.1" }] },
    {
      to: "::/0",
      hops: [
        { device: "net2", gateway: "fd00:2::9" },
        { device: "net2", gateway: "fd00:2::1" },
      ],
    },
    { to: "172.30.0.0/16", hops: [{ device: "net3", gateway: "10.3.0.254" }] },
    { to: "172.31.0.0/16", hops: [{ device: "net3" }] },
  ],
  rules: [],
  shaping: new Map(),
};
const [net2, net3] = good.links;

test("a pod as it was made has no differences", () => {
  assert.deepEqual(kernelDifferences(interfaces, good), []);
});

test("the way an address is written makes no difference", () => {
  const [first] = interfaces;
  assert.ok(first);
  const written = [
    { ...first, addresses: ["FD00:2:0::7/64"], routes: [{ dst: "FD09::9/128" }, { dst: "0.0.0.0/0", gw: "10.2.0.1" }] },
  ];
  const state = { ...good, routes: [...good.routes, { to: "fd09::9/128", hops: [{ device: "net2" }] }] };
  assert.deepEqual(kernelDifferences(written, state), []);
});

test("everything that was removed by hand is reported", () => {
  assert.ok(net2 && net3);
  const bad: NetworkState = {
    links: [{ ...net2, mac: "02:00:00:00:00:01", mtu: 1500, isUp: false, addresses: ["10.2.0.7/16"] }],
    routes: [{ to: "0.0.0.0/0", hops: [{ device: "eth0", gateway: "10.244.1.1" }] }],
    rules: [],
    shaping: new Map(),
  };
  assert.deepEqual(kernelDifferences(interfaces, bad), [
    "net2 has MAC 02:00:00:00:00:01 instead of 0a:58:0a:02:00:07",
    "net2 has MTU 1500 instead of 1300",
    "net2 is down",
    "net2 lacks the address 10.2.0.7/24",
    "net2 lacks the address fd00:2::7/64",
    "net2 lacks the route to default by 10.2.0.1",
    "net2 lacks the route to default by fd00:2::1",
    "net3 is missing",
  ]);
});

test("a route through another interface or gateway does not count", () => {
  const routes = good.routes.map((route) =>
    route.to === "172.31.0.0/16" ? { ...route, hops: [{ device: "net1" }] } : route,
  );
  assert.deepEqual(kernelDifferences(interfaces, { ...good, routes }), ["net3 lacks the route to 172.31.0.0/16"]);
});

test("an interface that joined others may have any table of ours, with the routes and the rule for it", () => {
  const [result] = sampleResults;
  assert.ok(result);
  const sibling = { ...result, interface: "net9", ip_address: ["10.1.0.9/24"] };
  const [own] = podInterfaces("abc", [result], 1400, [sibling, result]);
  assert.ok(own);
  const inTable = (table: number): NetworkState => ({
    ...good,
    links: [link("net1", "0a:58:0a:01:00:07", 1400, "10.1.0.7/24")],
    routes: [
      { to: "10.1.0.0/24", hops: [{ device: "net1" }], table },
      { to: "0.0.0.0/0", hops: [{ device: "net1", gateway: "10.1.0.1" }], table },
    ],
    rules: [{ from: "10.1.0.7/32", table }],
  });
  for (const table of [1_001, 1_007]) assert.deepEqual(kernelDifferences([own], inTable(table)), []);
  assert.deepEqual(kernelDifferences([own], { ...inTable(1_007), routes: inTable(1_008).routes }), [
    "net1 lacks the route to 10.1.0.0/24 in table 1007",
    "net1 lacks the route to default by 10.1.0.1 in table 1007",
  ]);
});
