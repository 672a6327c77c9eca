import assert from "node:assert/strict";
import { it } from "node:test";
import { refuseSecondDefaultGateway } from "#src/api/request/default-gateways.ts";
import type { Family } from "#src/net/ip.ts";
import { refused } from "../refused.ts";

const claim = (field: string, defaultGateway: boolean, ...families: Family[]) => ({ field, defaultGateway, families });

it("one default gateway of each family may be asked for, on one interface or two", () => {
  refuseSecondDefaultGateway([claim("a: x", true, 4), claim("a: y", true, 6)]);
  refuseSecondDefaultGateway([claim("a: x", true, 4, 4, 6), claim("a: y", false, 4)]);
  refuseSecondDefaultGateway([claim("a: x", true), claim("a: y", true)]);
});

it("a second of one family is refused", () => {
  const { code, field, reason } = refused(() => {
    refuseSecondDefaultGateway([claim("a: x", true, 4, 6), claim("a: y", true, 6)]);
  });
  assert.deepEqual([code, field], ["RouteInvalid", "a: y.defaultGateway"]);
  assert.equal(reason, "asks for the IPv6 default route, which a: x has");
});
