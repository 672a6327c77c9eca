import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetworkState } from "#cni/plumbing/network-state.ts";
import { routeInTheWay, routeTaken } from "#cni/plumbing/route-taken.ts";
import { AppError } from "#src/core/errors.ts";

const refused = (command: string, why = "File exists") =>
  new AppError("CommandFailed", why, { details: { command, why } });
const route = { to: "10.244.0.0/16", device: "net1" };

test("a route of the main table that exists already is told from every other fault", () => {
  assert.deepEqual(routeInTheWay(refused("route-add 10.244.0.0/16 254 0 net1 10.9.0.1")), route);
  assert.equal(routeInTheWay(refused("route-add 10.244.0.0/16 100 0 net1 10.9.0.1")), undefined);
  assert.equal(
    routeInTheWay(refused("route-add 10.244.0.0/16 254 0 net1 10.9.0.1", "Network is unreachable")),
    undefined,
  );
  assert.equal(routeInTheWay(refused("pair ovn1 net1 02:00:00:00:00:01 1400")), undefined);
  assert.equal(routeInTheWay(new AppError("Aborted", "File exists")), undefined);
});

test("the holder of the route is named with its next hop, and what to write instead", () => {
  const state = parseNetworkState([
    "route 10.244.0.0/16 100 0 other 10.3.0.1",
    "route 10.244.0.0/16 254 0 eth0 10.1.0.1",
    "route 0.0.0.0/0 254 0 eth0 10.1.0.1",
    "route 10.1.0.0/24 254 0 eth0 -",
  ]);
  const told = (to: string) => routeTaken({ ...route, to }, state, undefined);
  assert.equal(told(route.to)?.code, "RouteTaken");
  assert.match(
    told(route.to)?.message ?? "",
    /^the route 10\.244\.0\.0\/16 of net1 .* on eth0 via 10\.1\.0\.1; take the route out/,
  );
  assert.match(told("10.1.0.0/24")?.message ?? "", / on eth0; take/);
  assert.match(told("0.0.0.0/0")?.message ?? "", /; write defaultGateway: "true"/);
  assert.equal(told("10.2.0.0/24"), undefined);
});
