import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkedInterface } from "#webhooks/pod/interface-subnets.ts";
import { routesOfPod } from "#webhooks/pod/pod-routes.ts";
import { networked, networkOf } from "./pod-fixture.ts";

const dual = networkOf("blue", {
  subnets: "10.1.0.0/24,fd01::/64",
  gateways: "10.1.0.1,fd01::1",
  routes: '[{"dst":"192.0.2.0/24"}]',
});

/** `dst gw` of each route of each interface. */
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

test("a network's route whose gateway is in another subnet, or the interface itself, is left out", () => {
  const two = networkOf("two", {
    subnets: "10.1.0.0/24,10.2.0.0/24",
    gateways: "10.1.0.1",
    routes: '[{"dst":"192.0.2.0/24"},{"dst":"198.51.100.0/24","gw":"10.2.0.9"}]',
  });
  assert.deepEqual(shown(networked({}, two, ["10.1.0.5"])), [["192.0.2.0/24 10.1.0.1"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.5"])), [["198.51.100.0/24 10.2.0.9"]]);
  assert.deepEqual(shown(networked({}, two, ["10.2.0.9"])), [[]]);
});
