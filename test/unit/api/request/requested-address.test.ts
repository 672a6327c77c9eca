import assert from "node:assert/strict";
import { it } from "node:test";
import { parseAddresses, parseGateway, parseGateways } from "#src/api/request/requested-address.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const print = (value: string | string[]) =>
  parseAddresses(value, "f: ipAddress").map(({ ip, prefixLength }) => `${printIp(ip)} ${prefixLength ?? "-"}`);

it("one, several with commas, or a list of addresses are read, each with or without a mask", () => {
  assert.deepEqual(print("10.1.0.7"), ["10.1.0.7 -"]);
  assert.deepEqual(print("10.1.0.7/24, fd00::7"), ["10.1.0.7 24", "fd00::7 -"]);
  assert.deepEqual(print(["fd00::7/64", "10.1.0.7"]), ["fd00::7 64", "10.1.0.7 -"]);
});

it("nothing asked for is no address", () => {
  assert.deepEqual(parseAddresses(undefined, "f"), []);
  assert.deepEqual(parseAddresses([], "f"), []);
});

it("what is no address is refused where it stands", () => {
  assert.equal(refused(() => print(["10.1.0.7", "x"])).field, "f: ipAddress[1]");
  for (const text of ["", "10.1.0", "10.1.0.7/33", "172.17.5.7/16/16", "10.1.0.7,"]) {
    assert.equal(refused(() => print(text)).reason, "is not an IPv4 or IPv6 address", text);
  }
});

it("an element of a list is one address and is not cut at commas", () => {
  assert.equal(refused(() => print(["10.1.0.7, 10.1.0.8"])).field, "f: ipAddress[0]");
});

it("an address that stands twice is refused, in whatever spelling", () => {
  assert.equal(refused(() => print(["fd00::7", "FD00:0::0007/64"])).reason, "asks for fd00::7 a second time");
});

it("sixteen addresses are read, seventeen refused", () => {
  const addresses = Array.from({ length: 17 }, (_, index) => `10.1.0.${index}`);
  assert.equal(print(addresses.slice(1)).length, 16);
  assert.equal(refused(() => print(addresses)).reason, "asks for 17 addresses");
});

it("one gateway of each family is read, as a text or a list", () => {
  for (const value of ["10.1.0.1,fd00::1", ["10.1.0.1", "fd00::1"]]) {
    assert.deepEqual(parseGateways(value, "f", []).map(printIp), ["10.1.0.1", "fd00::1"]);
  }
});

it("a second gateway of one family is refused", () => {
  assert.equal(refused(() => parseGateways("10.1.0.1,10.1.0.2", "f", [])).reason, "is a second IPv4 gateway");
});

it("a gateway takes no mask", () => {
  assert.equal(refused(() => parseGateway("10.1.0.1/24", "f", [])).reason, "has a mask, which a gateway does not take");
});

it("what is no address is refused", () => {
  assert.equal(refused(() => parseGateway("zzz", "f", [])).reason, "is not an IPv4 or IPv6 address");
});

it("an address of the interface itself is no gateway", () => {
  const own = parseAddresses("10.1.0.7/24", "f");
  assert.equal(refused(() => parseGateway("10.1.0.7", "f", own)).code, "RouteInvalid");
});
