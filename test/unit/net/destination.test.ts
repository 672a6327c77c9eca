import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { parseDestination, soleSubnets } from "#src/net/destination.ts";
import { printIp } from "#src/net/ip.ts";

function shown(text: string): string | undefined {
  const found = parseDestination(text);
  return typeof found === "object" ? `${printCidr(found.cidr)} of ${printIp(found.address)}` : found;
}

test("a destination is a prefix, whatever bits are behind its mask, or one address", () => {
  assert.equal(shown("192.0.2.0/24"), "192.0.2.0/24 of 192.0.2.0");
  assert.equal(shown("192.0.2.7/24"), "192.0.2.0/24 of 192.0.2.7");
  assert.equal(shown("fd00::7"), "fd00::7/128 of fd00::7");
});

test("the default route is recognised in every spelling", () => {
  for (const text of ["default", "DEFAULT", "0.0.0.0/0", "::/0", "10.0.0.1/0"]) assert.equal(shown(text), "default");
});

test("anything else is no destination", () => {
  for (const text of ["", "x", "10.0.0.0/33", "10.0.0/8"]) assert.equal(shown(text), undefined);
});

test("a subnet is the sole one when its network has no other of that family", () => {
  const subnets = ["10.1.0.0/24", "10.2.0.0/24", "fd01::/64"].flatMap((text) => parseCidr(text) ?? []);
  const shown = (...some: typeof subnets) => soleSubnets(some).map(({ cidr }) => printCidr(cidr));
  assert.deepEqual(shown(...subnets), ["fd01::/64"]);
  assert.deepEqual(shown(...subnets.slice(1)), ["10.2.0.0/24", "fd01::/64"]);
});
