import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { printRange } from "#src/net/range.ts";
import { refused } from "#test/assertions/refused.ts";

const subnets = {
  ipv4Subnets: [{ subnet: "10.1.0.0/24", excludeIps: "10.1.0.240..10.1.0.250" }, { subnet: "10.2.0.0/24" }],
  ipv6Subnets: [{ subnet: "fd10::/64" }],
};
const network = (pools: readonly object[], more: object = {}) =>
  parseNetwork({ metadata: { name: "blue" }, spec: { ...subnets, pools, ...more } });
const wrong = (pools: readonly object[], more: object = {}) => {
  const { code, field, reason } = refused(() => network(pools, more));
  return `${code} ${field} ${reason}`;
};
const range = (text: string) => [{ name: "front", range: text }];

test("a pool is a prefix, or first and last, or several of both families", () => {
  const rangesOf = (text: string) => network(range(text)).pools[0]?.ranges.map(printRange);
  assert.deepEqual(rangesOf("10.1.0.64/26"), ["10.1.0.64..10.1.0.127"]);
  for (const text of ["10.1.0.100-10.1.0.199", "10.1.0.100 - 10.1.0.199", "10.1.0.100..10.1.0.199"])
    assert.deepEqual(rangesOf(text), ["10.1.0.100..10.1.0.199"]);
  assert.deepEqual(rangesOf("10.1.0.9, fd10::100/120"), ["10.1.0.9", "fd10::100..fd10::1ff"]);
});

test("all that may join may choose it, unless it names namespaces or labels", () => {
  assert.equal(network(range("10.1.0.9")).pools[0]?.allowed, "*");
  const [pool] = network([{ ...range("10.1.0.9")[0], allowedNamespaces: { names: ["shop"] } }]).pools;
  assert.deepEqual(pool?.allowed, { names: ["shop"], selector: undefined });
});

test("what cannot be a pool is refused with its field and the reason", () => {
  assert.match(
    wrong(range("10.3.0.0/26")),
    /^AddressOutOfRange spec.pools\[0\].range has 10.3.0.0..10.3.0.63, which is in no subnet/,
  );
  assert.match(
    wrong(range("10.1.0.250-10.2.0.9")),
    /^AddressOutOfRange spec.pools\[0\].range/,
    "one subnet for each range",
  );
  assert.match(wrong(range("10.1.0.9-10.1.0.2")), /^Malformed spec.pools\[0\].range has "10.1.0.9..10.1.0.2"/);
  assert.match(wrong(range("some")), /^Malformed spec.pools\[0\].range/);
  assert.match(wrong(range("10.1.0.1")), /has no address that can be handed out/, "it is the gateway");
  assert.match(wrong(range("10.1.0.240-10.1.0.249")), /has no address that can be handed out/);
  assert.match(wrong([{ name: "Front", range: "10.1.0.9" }]), /^Malformed spec.pools/);
});

test("no two pools have one name or one address, and no address is for Services as well", () => {
  const two = (name: string, text: string) => wrong([...range("10.1.0.64/26"), { name, range: text }]);
  assert.match(two("front", "10.1.0.9"), /^Malformed spec.pools\[1\].name is the name of spec.pools\[0\]/);
  assert.match(
    two("back", "10.1.0.127-10.1.0.130"),
    /^Malformed spec.pools\[1\].range .* overlaps 10.1.0.64..10.1.0.127 of spec.pools\[0\].range/,
  );
  assert.match(wrong(range("10.1.0.9, 10.1.0.8/30")), /overlaps 10.1.0.9/);
  assert.match(
    wrong(range("10.1.0.64/26"), { serviceAddresses: ["10.1.0.120..10.1.0.130"] }),
    /^Malformed spec.serviceAddresses\[0\] overlaps the pool "front"/,
  );
});

test("a pool may contain the gateway and excluded addresses, which stay out of it", () => {
  assert.deepEqual(network(range("10.1.0.0/24")).pools[0]?.ranges.map(printRange), ["10.1.0.0..10.1.0.255"]);
});
