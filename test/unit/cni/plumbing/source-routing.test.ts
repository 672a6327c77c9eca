import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { emptyNetworkState } from "#cni/plumbing/network-state.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { podCommands } from "#cni/plumbing/pod-commands.ts";
import { routeCommand } from "#cni/plumbing/route-command.ts";
import { sourceRoutes, sourceRules } from "#cni/plumbing/source-routing.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const twice: readonly InterfaceResult[] = ["a", "b"].map((name, index) => ({
  ip_address: [`10.1.0.${(7 + index).toString()}/24`, `fd00:1::${(7 + index).toString()}/64`],
  mac_address: `0a:58:0a:01:00:0${(7 + index).toString()}`,
  gateway_ip: ["10.1.0.1", "fd00:1::1"],
  defaultGateway: "false",
  interface: name,
  network: "blue",
  port: `01JD3Z8K2M7Q4V9W5X6Y7ZABCD-${name}`,
  ...(index === 0 ? {} : { routes: [{ dst: "172.30.0.0/16", gw: "10.1.0.254" }] }),
}));
const interfaces = podInterfaces("abc", twice, 1400);

describe("interfaces of a pod that share a subnet", () => {
  test("have each a table with subnets and gateways of its own, and the routes of their network", () => {
    const lines = sourceRoutes(interfaces).map((route) => routeCommand("route-add", route));
    assert.deepEqual(lines, [
      "route-add 10.1.0.0/24 1000 0 a -",
      "route-add fd00:1::/64 1000 0 a -",
      "route-add 0.0.0.0/0 1000 0 a 10.1.0.1",
      "route-add ::/0 1000 0 a fd00:1::1",
      "route-add 172.30.0.0/16 1000 0 a 10.1.0.254",
      "route-add 10.1.0.0/24 1001 0 b -",
      "route-add fd00:1::/64 1001 0 b -",
      "route-add 0.0.0.0/0 1001 0 b 10.1.0.1",
      "route-add ::/0 1001 0 b fd00:1::1",
      "route-add 172.30.0.0/16 1001 0 b 10.1.0.254",
    ]);
  });

  test("have what leaves under their addresses looked up there", () => {
    const rules = ["rule 10.1.0.7 1000", "rule fd00:1::7 1000", "rule 10.1.0.8 1001", "rule fd00:1::8 1001"];
    const lines = podCommands(interfaces, { bypassCidrs: [], inUserSpace: false }, emptyNetworkState);
    assert.deepEqual(lines.slice(-rules.length), rules);
  });

  test("have the same tables when the runtime calls for each by itself", () => {
    const [, second] = twice;
    assert.ok(second);
    assert.equal(podInterfaces("abc", [second], 1400, twice)[0]?.table, 1001);
  });
});

test("interfaces that share no subnet need no table", () => {
  const all = podInterfaces("abc", sampleResults, 1400);
  assert.deepEqual([...sourceRoutes(all), ...sourceRules(all)], []);
});
