import assert from "node:assert/strict";
import { test } from "node:test";
import { routeCommand } from "#cni/plumbing/route-command.ts";

test("a route on the link is in the main table, its metric the kernel's choice, unless told otherwise", () => {
  assert.equal(
    routeCommand("route-add", { to: "10.1.0.0/24", hops: [{ device: "net1" }] }),
    "route-add 10.1.0.0/24 254 0 net1 -",
  );
  const told = { to: "fd00::/64", hops: [{ device: "net1", gateway: "fd01::1" }], table: 1000, metric: 7 };
  assert.equal(routeCommand("route-replace", told), "route-replace fd00::/64 1000 7 net1 fd01::1");
});

test("several next hops follow one another", () => {
  const hops = [{ device: "net1", gateway: "10.1.0.1" }, { device: "net2" }];
  assert.equal(routeCommand("route-del", { to: "0.0.0.0/0", hops }), "route-del 0.0.0.0/0 254 0 net1 10.1.0.1 net2 -");
});
