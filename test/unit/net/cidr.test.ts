import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Cidr,
  cidrAround,
  containsIp,
  firstHost,
  isNetworkOrBroadcast,
  lastIp,
  cidrsOverlap,
  parseCidr,
  printCidr,
  sizeOfCidr,
} from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(`${text} is no address`);
const cidr = (text: string): Cidr => parseCidr(text)?.cidr ?? assert.fail(`${text} is no CIDR`);

test("host bits are kept in the address and cleared in the prefix", () => {
  const parsed = parseCidr("10.1.2.3/20") ?? assert.fail();
  assert.equal(printIp(parsed.address), "10.1.2.3");
  assert.equal(printCidr(parsed.cidr), "10.1.0.0/20");
  assert.equal(printCidr(cidr("2001:db8::ffff/64")), "2001:db8::/64");
});

test("a length that the family does not have, or a second one, is refused", () => {
  const wrong = [
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "::/129",
    "/8",
    "x/8",
  ];
  for (const text of wrong) assert.equal(parseCidr(text), undefined, text);
  for (const length of [-1, 33, 1.5, Number.NaN]) assert.equal(cidrAround(ip("10.0.0.0"), length), undefined);
});

test("the whole of a family is a prefix", () => {
  assert.equal(printIp(lastIp(cidr("0.0.0.0/0"))), "255.255.255.255");
  assert.equal(sizeOfCidr(cidr("::/0")), 1n << 128n);
});

test("a prefix contains its first and last address and no other family's", () => {
  const subnet = cidr("10.1.0.0/24");
  assert.equal(containsIp(subnet, ip("10.1.0.0")), true);
  assert.equal(containsIp(subnet, ip("10.1.0.255")), true);
  assert.equal(containsIp(subnet, ip("10.1.1.0")), false);
  assert.equal(containsIp(subnet, ip("10.0.255.255")), false);
  assert.equal(containsIp(cidr("::/0"), ip("10.1.0.1")), false);
});

test("prefixes overlap when one holds the other, whichever is named first", () => {
  assert.equal(cidrsOverlap(cidr("10.0.0.0/8"), cidr("10.200.0.0/16")), true);
  assert.equal(cidrsOverlap(cidr("10.200.0.0/16"), cidr("10.0.0.0/8")), true);
  assert.equal(cidrsOverlap(cidr("10.0.0.0/24"), cidr("10.0.1.0/24")), false);
  assert.equal(cidrsOverlap(cidr("0.0.0.0/0"), cidr("::/0")), false);
});

test("the first host is the first address that a host may have", () => {
  assert.equal(printIp(firstHost(cidr("10.1.0.0/24"))), "10.1.0.1");
  assert.equal(printIp(firstHost(cidr("10.1.0.0/31"))), "10.1.0.0");
  assert.equal(printIp(firstHost(cidr("10.1.0.7/32"))), "10.1.0.7");
  assert.equal(printIp(firstHost(cidr("2001:db8::/64"))), "2001:db8::1");
  assert.equal(printIp(firstHost(cidr("2001:db8::/127"))), "2001:db8::");
});

test("network and broadcast address exist in IPv4 up to /30, the subnet-router anycast in IPv6 up to /126", () => {
  const unusable = (text: string, address: string): boolean => isNetworkOrBroadcast(cidr(text), ip(address));
  assert.equal(unusable("10.0.0.0/30", "10.0.0.0"), true);
  assert.equal(unusable("10.0.0.0/30", "10.0.0.3"), true);
  assert.equal(unusable("10.0.0.0/30", "10.0.0.1"), false);
  assert.equal(unusable("10.0.0.0/31", "10.0.0.0"), false);
  assert.equal(unusable("10.0.0.0/31", "10.0.0.1"), false);
  assert.equal(unusable("10.0.0.0/32", "10.0.0.0"), false);
  assert.equal(unusable("2001:db8::/126", "2001:db8::"), true);
  assert.equal(unusable("2001:db8::/126", "2001:db8::3"), false);
  assert.equal(unusable("2001:db8::/127", "2001:db8::"), false);
  assert.equal(unusable("0.0.0.0/0", "::"), false);
});
