import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { multicastConfig } from "#src/ovn/multicast.ts";

const mac = parseMac("0a:58:0a:01:00:01");
assert.ok(mac);
const source = { mac, addresses: ["10.1.0.1", "fd10::1"].map(parseIp).filter((ip) => ip !== undefined) };
const given = (...of: Parameters<typeof multicastConfig>) =>
  Object.fromEntries(Object.entries(multicastConfig(...of)).filter(([, value]) => value !== undefined));

test("a switch that floods has none of the keys", () => {
  assert.deepEqual(given(), {});
  assert.deepEqual(given({ snooping: false, querier: false }, source), {});
});

test("a switch that snoops does not ask, unless it shall", () => {
  assert.deepEqual(given({ snooping: true, querier: false }, source), { mcast_snoop: "true", mcast_querier: "false" });
});

test("queries have the router's end as their source, in IPv6 by the address of its link", () => {
  assert.deepEqual(given({ snooping: true, querier: true }, source), {
    mcast_snoop: "true",
    mcast_querier: "true",
    mcast_eth_src: "0a:58:0a:01:00:01",
    mcast_ip4_src: "10.1.0.1",
    mcast_ip6_src: "fe80::858:aff:fe01:1",
  });
});
