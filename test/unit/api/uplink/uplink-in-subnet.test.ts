import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { findSubnetProblem } from "#src/api/uplink/uplink-in-subnet.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const subnets = [
  { cidr: cidr("198.51.100.0/24"), gateway: ip("198.51.100.1") },
  { cidr: cidr("192.0.2.0/24"), gateway: undefined },
];
const problemOf = (...addresses: readonly string[]) =>
  findSubnetProblem(parseUplink({ metadata: { name: "west" }, spec: { providerNetwork: "wan", addresses } }), subnets);

test("an address fits in any of the subnets, and in a network that has none of its family", () => {
  assert.equal(problemOf("192.0.2.10/24"), undefined);
  assert.equal(problemOf("198.51.100.10/24", "2001:db8::10/64"), undefined);
});

test("the first address that does not fit is told with what to write", () => {
  const { code, field, remedy } = problemOf("2001:db8::10/64", "203.0.113.10/24") ?? assert.fail("fits");
  assert.deepEqual([code, field], ["AddressOutOfRange", "spec.addresses[1]"]);
  assert.equal(remedy, "write an address in 198.51.100.0/24 or 192.0.2.0/24");
  assert.equal(problemOf("198.51.100.10/25")?.remedy, "write 198.51.100.10/24");
  assert.equal(problemOf("198.51.100.1/24")?.code, "AddressReserved");
});
