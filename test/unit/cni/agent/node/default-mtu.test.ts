import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { parseNetworkState } from "#cni/plumbing/network-state.ts";
import { chassisTunnel, DefaultMtu, fallbackMtu, mtuOfAddress, tunnelMtu } from "#cni/agent/node/default-mtu.ts";
import { silentLogger } from "#src/core/logger.ts";

const { signal } = new AbortController();
const run: RunNetlink = async (lines) => {
  assert.deepEqual(lines, ["show links"]);
  return [
    "link lo 00:00:00:00:00:00 65536 up",
    "link br-phys 02:00:00:00:00:01 9000 up",
    "link bare - 1500 down",
    "address lo 127.0.0.1/8",
    "address br-phys 198.51.100.11/24",
    "address br-phys fe80::1/64",
  ];
};

test("the underlay is the link that has the tunnel's address", async () => {
  const { links } = parseNetworkState(await run(["show links"], { signal }));
  assert.equal(mtuOfAddress(links, "198.51.100.11"), 9000);
  assert.equal(mtuOfAddress(links, "198.51.100.1"), undefined);
  assert.equal(
    await new DefaultMtu(0, run, silentLogger).get({ types: "geneve", addresses: ["198.51.100.11"] }, signal),
    8942,
  );
});

test("the flag wins over the tunnel, and without a tunnel address 1400 will do", async () => {
  const tunnel = { types: "geneve", addresses: ["127.0.0.1"] };
  assert.equal(await new DefaultMtu(1300, run, silentLogger).get(tunnel, signal), 1300);
  assert.equal(await new DefaultMtu(0, run, silentLogger).get(undefined, signal), 1400);
});

test("geneve over IPv4 takes 58 bytes, over IPv6 78, as OVN's documents say; vxlan 50", () => {
  assert.equal(tunnelMtu(1500, "geneve", "192.0.2.1"), 1442);
  assert.equal(tunnelMtu(1500, "geneve", "2001:db8::1"), 1422);
  assert.equal(tunnelMtu(9000, "vxlan", "192.0.2.1"), 8950);
});

test("of several encapsulations the largest counts, and an unknown one counts as the largest there is", () => {
  assert.equal(tunnelMtu(1500, "vxlan,geneve", "192.0.2.1"), 1442);
  assert.equal(tunnelMtu(1500, "new", "192.0.2.1"), tunnelMtu(1500, "stt", "192.0.2.1"));
});

test("the fallback fits into what OVN uses between chassis over an underlay of 1500", () => {
  for (const type of ["geneve", "vxlan"]) assert.ok(tunnelMtu(1500, type, "2001:db8::1") >= fallbackMtu, type);
});

const settings = (ids: Readonly<Record<string, string>>) => chassisTunnel(new Map(Object.entries(ids)));

test("ovn-encap-ip may list several addresses, and ovn-encap-ip-default names the one that counts", () => {
  assert.equal(settings({ "ovn-encap-type": "geneve" }), undefined);
  assert.equal(settings({ "ovn-encap-ip": " " }), undefined);
  const list = { "ovn-encap-ip": "198.51.100.11, 2001:db8::11" };
  assert.deepEqual(settings(list), { types: "geneve", addresses: ["198.51.100.11", "2001:db8::11"] });
  const types = { "ovn-encap-type": "vxlan", "ovn-encap-ip-default": "2001:db8::11" };
  assert.deepEqual(settings({ ...list, ...types }), { types: "vxlan", addresses: ["2001:db8::11"] });
});

test("of several tunnel addresses the one with the smallest MTU counts (a list was taken for one unknown address)", async () => {
  const two: RunNetlink = async () => [
    "link jumbo 02:00:00:00:00:01 9000 up",
    "link plain 02:00:00:00:00:02 1500 up",
    "address jumbo 198.51.100.11/24",
    "address plain 203.0.113.11/24",
    "address jumbo 2001:db8::11/64",
  ];
  const mtuOf = (...addresses: string[]) =>
    new DefaultMtu(0, two, silentLogger).get({ types: "geneve", addresses }, signal);
  assert.equal(await mtuOf("198.51.100.11", "203.0.113.11"), 1442);
  assert.equal(await mtuOf("198.51.100.11", "2001:db8::11"), 8922, "each with the header of its family");
  assert.equal(await mtuOf("198.51.100.11", "192.0.2.99"), fallbackMtu, "nobody knows the link of the second");
});
