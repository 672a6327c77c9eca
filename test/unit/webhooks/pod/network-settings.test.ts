import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { checkSettings, gatewaysOf, type NetworkedInterface, routesOf } from "#webhooks/pod/network-settings.ts";
import { networked, networkOf } from "./pod-fixture.ts";

const dual = networkOf("blue", {
  subnets: "10.1.0.0/24,fd01::/64",
  gateways: "10.1.0.1,fd01::1",
  routes: '[{"dst":"192.0.2.0/24"}]',
});
const bare = networkOf("bare", { subnets: "10.2.0.0/24" });

function refusal(...items: readonly NetworkedInterface[]): string {
  try {
    checkSettings(items);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("gateways are the network's, one of each family, unless the user wrote one", () => {
  const texts = (item: NetworkedInterface) => gatewaysOf(item).map(printIp);
  assert.deepEqual(texts(networked({}, dual)), ["10.1.0.1", "fd01::1"]);
  assert.deepEqual(texts(networked({ gwipaddress: "10.1.0.9" }, dual)), ["10.1.0.9", "fd01::1"]);
  assert.deepEqual(texts(networked({}, bare)), []);
});

test("routes of the network come first, and a gateway that is left out is the interface's of that family", () => {
  const item = networked({ routes: [{ dst: "2001:db8::/32" }, { dst: "198.51.100.0/24", gw: "10.1.0.7" }] }, dual);
  assert.deepEqual(routesOf(item), [
    { dst: "192.0.2.0/24", gw: "10.1.0.1" },
    { dst: "2001:db8::/32", gw: "fd01::1" },
    { dst: "198.51.100.0/24", gw: "10.1.0.7" },
  ]);
});

test("a gateway that the network does not reach is refused with the subnets that it has", () => {
  assert.match(
    refusal(networked({ gwipaddress: "10.9.0.1" }, dual)),
    /^RouteInvalid: .*gwipaddress "10\.9\.0\.1".*10\.1\.0\.0\/24 and fd01::\/64/,
  );
  assert.match(
    refusal(networked({ routes: [{ dst: "192.0.2.0/25", gw: "10.9.0.1" }] }, dual)),
    /routes\[0\]\.gw "10\.9\.0\.1"/,
  );
});

test("a route and a default route need a gateway from somewhere", () => {
  assert.match(
    refusal(networked({ routes: [{ dst: "192.0.2.0/24" }] }, bare)),
    /has no IPv4 gateway; write the gateway/,
  );
  assert.match(refusal(networked({ defaultGateway: true }, bare)), /has no gateway; write gwipaddress/);
  assert.equal(refusal(networked({ defaultGateway: true, gwipaddress: "10.2.0.9" }, bare)), "");
});

test("two interfaces cannot both carry the default route of a family that only their networks tell", () => {
  const other = networkOf("green", { subnets: "10.3.0.0/24", gateways: "10.3.0.1" });
  const first = networked({ defaultGateway: true }, dual);
  assert.match(refusal(first, networked({ defaultGateway: true }, other)), /RouteInvalid: .*IPv4 default route/);
  const onlySix = networkOf("six", { subnets: "fd06::/64", gateways: "fd06::1" });
  const onlyFour = networked({ defaultGateway: true }, other);
  assert.equal(refusal(networked({ defaultGateway: true }, onlySix), onlyFour), "");
});
