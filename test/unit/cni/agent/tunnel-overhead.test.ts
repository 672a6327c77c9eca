import assert from "node:assert/strict";
import { test } from "node:test";
import { fallbackMtu, tunnelMtu } from "#cni/agent/tunnel-overhead.ts";

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
