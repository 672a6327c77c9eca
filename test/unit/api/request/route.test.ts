import assert from "node:assert/strict";
import { it } from "node:test";
import { parseRoutes } from "#src/api/request/route.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const parse = (value: JsonValue, warnings: string[] = []) =>
  parseRoutes(value, "f: routes", [], warnings).map(
    ({ dst, gateway }) => `${printCidr(dst)} ${gateway === undefined ? "-" : printIp(gateway)}`,
  );

it("a route has a prefix or address, and a gateway or none", () => {
  assert.deepEqual(parse([{ dst: "172.16.0.0/16", gw: "10.1.0.9" }, { DST: "fd00::7" }]), [
    "172.16.0.0/16 10.1.0.9",
    "fd00::7/128 -",
  ]);
});

it("the default route in any spelling is refused with defaultGateway for a remedy", () => {
  for (const dst of ["default", "DEFAULT", "0.0.0.0/0", "::/0", "10.0.0.1/0"]) {
    const { code, reason } = refused(() => parse([{ dst }]));
    assert.equal(code, "RouteInvalid");
    assert.match(reason, /is the default route/, dst);
  }
});

it("bits behind the mask are refused", () => {
  assert.equal(refused(() => parse([{ dst: "10.0.0.1/8" }])).reason, "has bits set behind its mask");
});

it("destination and gateway are of one family", () => {
  assert.equal(refused(() => parse([{ dst: "10.0.0.0/8", gw: "fd00::1" }])).field, "f: routes[0].gw");
});

it("a route without a destination is refused, an unknown key warns", () => {
  assert.equal(refused(() => parse([{ gw: "10.1.0.1" }])).reason, "is missing");
  const warnings: string[] = [];
  parse([{ dst: "10.0.0.0/8", metric: 1 }], warnings);
  assert.equal(warnings.length, 1);
});

it("sixty-four routes are read, sixty-five refused, and what is no list as well", () => {
  const routes = Array.from({ length: 65 }, (_, index) => ({ dst: `10.${index}.0.0/16` }));
  assert.equal(parse(routes.slice(1)).length, 64);
  assert.equal(refused(() => parse(routes)).reason, "has 65 routes");
  assert.equal(refused(() => parse({})).reason, "is not a list of routes");
});
