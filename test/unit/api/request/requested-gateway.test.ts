import assert from "node:assert/strict";
import { it } from "node:test";
import { parseAddresses } from "#src/api/request/requested-address.ts";
import { parseGateway, parseGateways } from "#src/api/request/requested-gateway.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "../refused.ts";

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
