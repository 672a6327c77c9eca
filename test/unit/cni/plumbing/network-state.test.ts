import assert from "node:assert/strict";
import { test } from "node:test";
import { isDefault, parseNetworkState } from "#cni/plumbing/network-state.ts";

test("links have their addresses, and routes their next hops: one, several or none", () => {
  const state = parseNetworkState([
    "link lo 00:00:00:00:00:00 65536 up",
    "link tun0 - 1400 down",
    "address lo 127.0.0.1/8",
    "address lo ::1/128",
    "address gone 10.0.0.1/8",
    "route 0.0.0.0/0 100 eth0 10.244.1.1 eth1 -",
    "route fd00::/64 256 - fd01::1",
    "route 10.0.0.0/8 0",
  ]);
  assert.deepEqual(state.links, [
    { name: "lo", mac: "00:00:00:00:00:00", mtu: 65536, isUp: true, addresses: ["127.0.0.1/8", "::1/128"] },
    { name: "tun0", mac: undefined, mtu: 1400, isUp: false, addresses: [] },
  ]);
  assert.deepEqual(state.routes, [
    {
      to: "0.0.0.0/0",
      metric: 100,
      hops: [
        { device: "eth0", gateway: "10.244.1.1" },
        { device: "eth1", gateway: undefined },
      ],
    },
    { to: "fd00::/64", metric: 256, hops: [] },
    { to: "10.0.0.0/8", metric: 0, hops: [] },
  ]);
  assert.deepEqual(state.routes.map(isDefault), [true, false, false]);
});

test("anything else than a state is an error of the program", () => {
  assert.throws(() => parseNetworkState(["links lo"]), { code: "CommandFailed", message: /"links lo"/ });
});
