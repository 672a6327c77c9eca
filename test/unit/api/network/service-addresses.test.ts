import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { printRange } from "#src/net/range.ts";
import { refused } from "#test/assertions/refused.ts";

const network = (serviceAddresses: readonly string[], more: object = {}) =>
  parseNetwork({
    metadata: { name: "blue" },
    spec: { ipv4Subnets: [{ subnet: "10.1.0.0/24", excludeIps: "10.1.0.9" }], serviceAddresses, ...more },
  });
const wrong = (...addresses: readonly string[]) => {
  const { code, field } = refused(() => network(addresses));
  return `${code} ${field}`;
};

test("the addresses of Services are ones that no pod gets", () => {
  const config = network(["10.1.0.200..10.1.0.209", "10.1.0.240/28"]);
  assert.deepEqual(config.serviceAddresses.map(printRange), ["10.1.0.200..10.1.0.209", "10.1.0.240..10.1.0.255"]);
  assert.deepEqual(config.excluded.map(printRange), ["10.1.0.9", ...config.serviceAddresses.map(printRange)]);
});

test("each entry lies in a subnet, without the gateway, and overlaps no other", () => {
  assert.equal(wrong("10.2.0.200"), "AddressOutOfRange spec.serviceAddresses[0]");
  assert.equal(wrong("10.1.0.0/28"), "AddressReserved spec.serviceAddresses[0]");
  assert.equal(wrong("10.1.0.200", "10.1.0.199..10.1.0.201"), "Malformed spec.serviceAddresses[1]");
  assert.equal(wrong("many"), "Malformed spec.serviceAddresses[0]");
});
