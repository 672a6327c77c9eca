import assert from "node:assert/strict";
import { test } from "node:test";
import { DefaultMtu, mtuOfAddress } from "#cni/agent/default-mtu.ts";
import { silentLogger } from "#src/core/logger.ts";

const { signal } = new AbortController();
const listing = JSON.stringify([
  { ifname: "lo", mtu: 65536, addr_info: [{ local: "127.0.0.1" }] },
  { ifname: "br-phys", mtu: 9000, addr_info: [{ local: "198.51.100.11" }, { local: "fe80::1" }] },
  { ifname: "bare", mtu: 1500 },
]);

test("the underlay is the device that has the tunnel's address", () => {
  assert.equal(mtuOfAddress(listing, "198.51.100.11"), 9000);
  assert.equal(mtuOfAddress(listing, "198.51.100.12"), undefined);
});

test("the flag wins over the tunnel, and without a tunnel address 1400 will do", async () => {
  const tunnel = { types: "geneve", address: "127.0.0.1" };
  assert.equal(await new DefaultMtu(1300, silentLogger).get(tunnel, signal), 1300);
  assert.equal(await new DefaultMtu(0, silentLogger).get(undefined, signal), 1400);
});
