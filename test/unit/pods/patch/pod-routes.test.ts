import assert from "node:assert/strict";
import { test } from "node:test";
import { routesOfPod } from "#src/pods/patch/pod-routes.ts";
import type { NetworkedInterface } from "#src/pods/networks/networked-interface.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

const dual = networkOf("blue", {
  subnets: "10.1.0.0/24,fd01::/64",
  gateways: "10.1.0.1,fd01::1",
  routes: '[{"dst":"192.0.2.0/24"}]',
});

/** The routes of each interface, as `dst gw`. */
function shown(...items: readonly NetworkedInterface[]): readonly (readonly string[])[] {
  return routesOfPod(items).map((routes) => routes.map(({ dst, gw = "-" }) => `${dst} ${gw}`));
}

test("routes of the network come first, and a gateway that is left out is the interface's of that family", () => {
  const routes = [{ dst: "2001:db8::/32" }, { dst: "198.51.100.0/24", gw: "10.1.0.7" }];
  assert.deepEqual(shown(networked({ routes }, dual, ["10.1.0.5", "fd01::5"])), [
    ["192.0.2.0/24 10.1.0.1", "2001:db8::/32 fd01::1", "198.51.100.0/24 10.1.0.7"],
  ]);
});

test("a network without any gateway has its routes on the link", () => {
  const bare = networkOf("bare", { subnets: "10.2.0.0/24", routes: '[{"dst":"192.0.2.0/24"}]' });
  assert.deepEqual(shown(networked({}, bare, ["10.2.0.5"])), [["192.0.2.0/24 -"]]);
});

test("a network's route whose gateway is in another subnet, or the pod itself, is left out", () => {
  const two = networkOf("two", {
    subnets: "10.1.0.0/24,10.2.0.0/24",
    gateways: "10.1.0.1",
    routes: '[{"dst":"192.0.2.0/24"},{"dst":"198.51.100.0/24","gw":"10.2.0.9"}]',
  });
  assert.deepEqual(shown(networked({}, two, ["10.1.0.5"])), [["192.0.2.0/24 10.1.0.1", "10.2.0.0/24 -"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.5"])), [["198.51.100.0/24 10.2.0.9", "10.1.0.0/24 -"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.9"])), [["10.1.0.0/24 -"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.5"]), networked({}, two, ["10.2.0.9"])), [["10.1.0.0/24 -"], []]);
});

test("the other subnets of the network are reached through the router where both have a gateway, else on the wire", () => {
  const routed = networkOf("routed", {
    subnets: "10.1.0.0/24,10.2.0.0/24,fd01::/64",
    gateways: "10.1.0.1,10.2.0.1,fd01::1",
  });
  assert.deepEqual(shown(networked({}, routed, ["10.1.0.5", "fd01::5"])), [["10.2.0.0/24 10.1.0.1"]]);
  assert.deepEqual(shown(networked({}, routed, ["10.2.0.5", "fd01::6"])), [["10.1.0.0/24 10.2.0.1"]]);
  const isolated = networkOf("isolated", { subnets: "10.1.0.0/24,10.2.0.0/24,fd01::/64,fd02::/64" });
  assert.deepEqual(shown(networked({}, isolated, ["10.1.0.5", "fd01::5"])), [["10.2.0.0/24 -", "fd02::/64 -"]]);
  assert.deepEqual(shown(networked({ gwipaddress: "10.1.0.9" }, routed, ["10.1.0.5", "fd01::5"])), [
    ["10.2.0.0/24 10.1.0.9"],
  ]);
});

test("the route to another subnet of a network is that network's, and a route of the request wins over it", () => {
  const two = networkOf("two", { subnets: "10.1.0.0/24,10.2.0.0/24", gateways: "10.1.0.1,10.2.0.1" });
  const beside = networkOf("beside", {
    subnets: "10.3.0.0/24",
    gateways: "10.3.0.1",
    routes: '[{"dst":"10.2.0.0/24"},{"dst":"192.0.2.0/24"}]',
  });
  const [first, second] = [networked({}, beside, ["10.3.0.5"]), networked({}, two, ["10.1.0.5"])];
  assert.deepEqual(shown(first, second), [["192.0.2.0/24 10.3.0.1"], ["10.2.0.0/24 10.1.0.1"]]);
  const own = networked({ routes: [{ dst: "10.2.0.0/24", gw: "10.3.0.9" }] }, beside, ["10.3.0.5"]);
  assert.deepEqual(shown(own, second), [["192.0.2.0/24 10.3.0.1", "10.2.0.0/24 10.3.0.9"], []]);
});

test("a network's route to one of its subnets is for the pods that are in none but others", () => {
  const two = networkOf("two", {
    subnets: "10.1.0.0/24,10.2.0.0/24",
    gateways: "10.1.0.1,10.2.0.1",
    routes: '[{"dst":"10.1.0.0/24"},{"dst":"10.2.0.0/24"}]',
  });
  assert.deepEqual(shown(networked({}, two, ["10.1.0.5"])), [["10.2.0.0/24 10.1.0.1"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.5"])), [["10.1.0.0/24 10.2.0.1"]]);
  assert.deepEqual(shown(networked({}, two, ["10.1.0.5"]), networked({}, two, ["10.2.0.5"])), [[], []]);
});

const green = networkOf("green", {
  subnets: "10.3.0.0/24",
  gateways: "10.3.0.1",
  routes: '[{"dst":"192.0.2.0/24"},{"dst":"10.1.0.0/24"},{"dst":"203.0.113.0/24"}]',
});

test("of equal routes of two networks the first interface has the one, and none leads to a subnet that the pod is in", () => {
  assert.deepEqual(shown(networked({}, dual, ["10.1.0.5", "fd01::5"]), networked({}, green, ["10.3.0.5"])), [
    ["192.0.2.0/24 10.1.0.1"],
    ["203.0.113.0/24 10.3.0.1"],
  ]);
  assert.deepEqual(shown(networked({}, green, ["10.3.0.5"])), [
    ["192.0.2.0/24 10.3.0.1", "10.1.0.0/24 10.3.0.1", "203.0.113.0/24 10.3.0.1"],
  ]);
});

test("a route of the request wins over those of networks, also of an earlier interface", () => {
  const own = networked({ routes: [{ dst: "192.0.2.0/24", gw: "10.3.0.9" }] }, green, ["10.3.0.5"]);
  assert.deepEqual(shown(networked({}, dual, ["10.1.0.5", "fd01::5"]), own), [
    [],
    ["203.0.113.0/24 10.3.0.1", "192.0.2.0/24 10.3.0.9"],
  ]);
});

test("a route that the first interface cannot use is the next one's", () => {
  const two = networkOf("two", {
    subnets: "10.4.0.0/24,10.5.0.0/24",
    routes: '[{"dst":"192.0.2.0/24","gw":"10.5.0.9"}]',
  });
  assert.deepEqual(shown(networked({}, two, ["10.4.0.5"]), networked({}, two, ["10.5.0.5"])), [
    [],
    ["192.0.2.0/24 10.5.0.9"],
  ]);
});
