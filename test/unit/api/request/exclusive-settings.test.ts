import assert from "node:assert/strict";
import { it } from "node:test";
import { refuseSecondDefaultGateway, refuseSharedAddresses } from "#src/api/request/exclusive-settings.ts";
import { parseInterface } from "#src/api/request/interface-request.ts";
import type { Family } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

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

const interfaces = (...elements: Record<string, string>[]) =>
  elements.map((element, index) => parseInterface(element, `f: [${index}]`, []));

it("one address or MAC twice on one network is refused", () => {
  const address = interfaces({ name: "a", ipAddress: "fd00::7" }, { name: "a", ipAddress: "fd00:0::7/64" });
  assert.equal(
    refused(() => {
      refuseSharedAddresses(address);
    }).field,
    "f: [1]",
  );
  const mac = interfaces(
    { name: "a", macAddress: "0a:00:00:00:00:01" },
    { name: "a", macAddress: "0A:00:00:00:00:01" },
  );
  assert.match(
    refused(() => {
      refuseSharedAddresses(mac);
    }).reason,
    /on network "a" by f: \[0\] as well/,
  );
});

it("two networks may have one address each", () => {
  refuseSharedAddresses(interfaces({ name: "a", ipAddress: "10.1.0.7" }, { name: "b", ipAddress: "10.1.0.7" }));
});
