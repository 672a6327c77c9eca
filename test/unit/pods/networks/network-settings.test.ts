import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSettings } from "#src/pods/networks/network-settings.ts";
import type { NetworkedInterface } from "#src/pods/networks/networked-interface.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

const dual = networkOf("blue", {
  subnets: "10.1.0.0/24,fd01::/64",
  gateways: "10.1.0.1,fd01::1",
  routes: '[{"dst":"192.0.2.0/24"}]',
});
const two = networkOf("two", { subnets: "10.1.0.0/24,10.2.0.0/24", gateways: "10.1.0.1,10.2.0.1" });
const half = networkOf("half", { subnets: "10.1.0.0/24,10.2.0.0/24,fd01::/64", gateways: "10.1.0.1,fd01::1" });
const bare = networkOf("bare", { subnets: "10.2.0.0/24" });

function refusal(...items: readonly NetworkedInterface[]): string {
  try {
    checkSettings(items);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

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
  assert.match(
    refusal(networked({ routes: [{ dst: "2001:db8::/32" }] }, bare)),
    /has no IPv6 subnet; remove the route, or ask for a network that has one/,
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

test("among several subnets a gateway must lie in that of an address that is asked for", () => {
  const elsewhere =
    /lies in 10\.2\.0\.0\/24, in which the interface asks for no address.*; write an ipAddress in 10\.2\.0\.0\/24/;
  assert.match(refusal(networked({ gwipaddress: "10.2.0.9" }, two)), elsewhere);
  assert.match(refusal(networked({ gwipaddress: "10.2.0.9", ipAddress: "10.1.0.7" }, two)), elsewhere);
  assert.equal(refusal(networked({ gwipaddress: "10.2.0.9", ipAddress: "10.2.0.7" }, two)), "");
  assert.equal(refusal(networked({ gwipaddress: "10.2.0.9", ipAddress: "10.1.0.7,10.2.0.7" }, two)), "");
  const routes = [{ dst: "192.0.2.0/24", gw: "10.2.0.9" }];
  assert.match(refusal(networked({ routes }, two)), /routes\[0\]\.gw "10\.2\.0\.9" lies in/);
  assert.equal(refusal(networked({ routes, ipAddress: "10.2.0.7" }, two)), "");
});

test("among several subnets the default route and a route without a gateway need one in each", () => {
  const routes = [{ dst: "192.0.2.0/24" }];
  assert.equal(refusal(networked({ defaultGateway: true, routes }, two)), "");
  const lacks = /chosen from 10\.2\.0\.0\/24 of the network "half", which has no gateway/;
  assert.match(refusal(networked({ defaultGateway: true }, half)), lacks);
  assert.match(refusal(networked({ routes }, half)), lacks);
  assert.equal(refusal(networked({ defaultGateway: true, routes, ipAddress: "10.1.0.7" }, half)), "");
  assert.match(refusal(networked({ routes, ipAddress: "10.2.0.7" }, half)), /has no IPv4 gateway/);
});

test("a route to a subnet of a network that the pod joins is refused, whichever interface has it", () => {
  const toBare = networked({ routes: [{ dst: "10.2.0.0/24" }] }, dual);
  assert.match(
    refusal(toBare, networked({}, bare)),
    /routes\[0\]\.dst "10\.2\.0\.0\/24" is a subnet of the network "bare", which the pod joins; remove the route/,
  );
  assert.equal(refusal(toBare), "");
  assert.match(refusal(networked({ routes: [{ dst: "fd01::/64" }] }, dual)), /is a subnet of the network "blue"/);
  assert.equal(refusal(networked({ routes: [{ dst: "10.2.0.0/25" }] }, dual), networked({}, bare)), "");
});

test("a route to a subnet of a network is refused only where the pod is in it, or may come to be", () => {
  const routes = [{ dst: "10.2.0.0/24" }];
  assert.equal(refusal(networked({ routes, ipAddress: "10.1.0.7" }, two)), "");
  assert.match(refusal(networked({ routes, ipAddress: "10.2.0.7" }, two)), /the pod joins; remove the route$/);
  assert.match(
    refusal(networked({ routes }, two)),
    /remove the route, or write an ipAddress in another subnet for .*interface\[0\]$/,
  );
});

test("a gateway that another interface asks for as its address is refused", () => {
  const other = networked({ ipAddress: "10.1.0.9" }, dual);
  const says = /"10\.1\.0\.9" is an address that .* asks for; name the address of the router/;
  assert.match(refusal(networked({ gwipaddress: "10.1.0.9" }, dual), other), says);
  assert.match(refusal(networked({ routes: [{ dst: "192.0.2.0/24", gw: "10.1.0.9" }] }, dual), other), says);
});
