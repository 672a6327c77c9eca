import assert from "node:assert/strict";
import { test } from "node:test";
import { isDefaultRoute, parseNetworkState } from "#cni/plumbing/network-state.ts";

test("links have their addresses, and routes their next hops: one, several or none", () => {
  const state = parseNetworkState([
    "link lo 00:00:00:00:00:00 65536 up 1 - carrier - -",
    "link tun0 - 1400 down 9 ovn4nfv/a/b - bond0 eth1",
    "address lo 127.0.0.1/8",
    "address lo ::1/128",
    "address gone 10.0.0.1/8",
    "route 0.0.0.0/0 254 100 eth0 10.244.1.1 eth1 -",
    "route fd00::/64 254 256 - fd01::1",
    "route 0.0.0.0/0 1000 0 net1 10.1.0.1",
    "route 10.0.0.0/8 254 0",
    "rule 10.1.0.7/32 1000",
  ]);
  assert.deepEqual(state.links, [
    {
      name: "lo",
      mac: "00:00:00:00:00:00",
      mtu: 65536,
      isUp: true,
      index: 1,
      alias: undefined,
      hasCarrier: true,
      master: undefined,
      lower: undefined,
      addresses: ["127.0.0.1/8", "::1/128"],
    },
    {
      name: "tun0",
      mac: undefined,
      mtu: 1400,
      isUp: false,
      index: 9,
      alias: "ovn4nfv/a/b",
      hasCarrier: false,
      master: "bond0",
      lower: "eth1",
      addresses: [],
    },
  ]);
  assert.deepEqual(state.routes, [
    {
      to: "0.0.0.0/0",
      table: undefined,
      metric: 100,
      hops: [
        { device: "eth0", gateway: "10.244.1.1" },
        { device: "eth1", gateway: undefined },
      ],
    },
    { to: "fd00::/64", table: undefined, metric: 256, hops: [] },
    { to: "0.0.0.0/0", table: 1000, metric: 0, hops: [{ device: "net1", gateway: "10.1.0.1" }] },
    { to: "10.0.0.0/8", table: undefined, metric: 0, hops: [] },
  ]);
  assert.deepEqual(state.routes.map(isDefaultRoute), [true, false, false, false], "only of the main table");
  assert.deepEqual(state.rules, [{ from: "10.1.0.7/32", table: 1000 }]);
});

test("a link has the rate that it sends at most, and the directions that are led through an ifb", () => {
  const { shaping } = parseNetworkState([
    "shaped ovn1 1250000",
    "led ovn1 received",
    "led ovn2 sent",
    "led ovn2 received",
  ]);
  assert.deepEqual(shaping.get("ovn1"), { rate: 1_250_000, led: new Set(["received"]) });
  assert.deepEqual(shaping.get("ovn2"), { led: new Set(["sent", "received"]) });
});

test("a state of many links and addresses is read in one pass", () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `l${index.toString()}`);
  const before = process.cpuUsage();
  const { links } = parseNetworkState([
    ...names.map((name) => `link ${name} - 1400 up 7 - carrier - -`),
    ...names.map((name) => `address ${name} 10.0.0.1/8`),
  ]);
  assert.ok(links.every(({ addresses }) => addresses.length === 1));
  assert.ok(process.cpuUsage(before).user < 20_000_000, "a search for each line takes minutes");
});

test("anything else than a state is an error of the program", () => {
  assert.throws(() => parseNetworkState(["links lo"]), { code: "CommandFailed", message: /"links lo"/ });
});
