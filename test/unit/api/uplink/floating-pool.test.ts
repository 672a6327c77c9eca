import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { refusalOf } from "#test/assertions/refused.ts";
import { printRange } from "#src/net/range.ts";

const spec = {
  providerNetwork: "wan",
  addresses: ["198.51.100.10/24", "2001:db8:51::10/64"],
  nextHops: ["198.51.100.1"],
};
const parse = (floating: object) => parseUplink({ metadata: { name: "west" }, spec: { ...spec, floating } }).floating;

const refused = (floating: object): string => refusalOf(() => parse(floating)).message;

test("floating addresses are single ones, ranges and prefixes in the prefixes of the gateway, for all namespaces", () => {
  const addresses = ["198.51.100.20", "198.51.100.30..198.51.100.39", "198.51.100.64/27", "2001:db8:51::100/120"];
  const pool = parse({ addresses });
  assert.deepEqual(pool?.ranges.map(printRange), [
    "198.51.100.20",
    "198.51.100.30..198.51.100.39",
    "198.51.100.64..198.51.100.95",
    "2001:db8:51::100..2001:db8:51::1ff",
  ]);
  assert.equal(pool.allowed, "*");
  assert.equal(pool.limitPerNamespace, undefined);
  const named = parse({ addresses, allowedNamespaces: { names: ["telco"] }, limitPerNamespace: 3 });
  assert.deepEqual(named?.allowed, { names: ["telco"], selector: undefined });
  assert.equal(named.limitPerNamespace, 3);
});

test("addresses outside of the prefix of the gateway are refused, unless they are routed there", () => {
  assert.match(
    refused({ addresses: ["203.0.113.0/28"] }),
    /^AddressOutOfRange: spec\.floating\.addresses\[0\] "203\.0\.113\.0\/28" is outside 198\.51\.100\.0\/24, .*routed: true/,
  );
  assert.equal(parse({ addresses: ["203.0.113.0/28"], routed: true })?.ranges.length, 1);
  const ipv4Only = { ...spec, addresses: ["198.51.100.10/24"], floating: { addresses: ["2001:db8::1"], routed: true } };
  assert.throws(() => parseUplink({ metadata: { name: "west" }, spec: ipv4Only }), /is IPv6, and no address of/);
});

test("an address of the gateway, of a next hop or of the whole network outside is refused, and a range that has one", () => {
  assert.match(
    refused({ addresses: ["198.51.100.10"] }),
    /AddressReserved: .*"198\.51\.100\.10" is the address of the gateway; remove/,
  );
  assert.match(
    refused({ addresses: ["198.51.100.0/28"] }),
    /contains 198\.51\.100\.10, the address of the gateway; write ranges before/,
  );
  assert.match(refused({ addresses: ["198.51.100.1"] }), /is a router outside, which spec\.nextHops names/);
  assert.match(
    refused({ addresses: ["198.51.100.200..198.51.100.255"] }),
    /contains 198\.51\.100\.255, the network or broadcast/,
  );
});

test("what cannot be read, stands there twice, or no host can have is refused with its place", () => {
  assert.match(
    refused({ addresses: ["198.51.100.20", "some"] }),
    /spec\.floating\.addresses\[1\] "some" is no address, range/,
  );
  assert.match(
    refused({ addresses: ["198.51.100.20", "198.51.100.16/28"] }),
    /\[1\] .* overlaps 198\.51\.100\.20, which/,
  );
  assert.match(refused({ addresses: ["224.0.0.1"], routed: true }), /has multicast addresses/);
  const selector = { matchLabels: { "a,b": "c" } };
  assert.match(
    refused({ addresses: ["198.51.100.20"], allowedNamespaces: { selector } }),
    /spec\.floating\.allowedNamespaces\.selector\.matchLabels "a,b" is no key/,
  );
});
