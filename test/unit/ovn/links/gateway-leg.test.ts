import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayLegRows, localnetSwitchRows } from "#src/ovn/links/gateway-leg.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

test("gateways of several uplinks have names of their own, and the first chassis has the highest priority", () => {
  const addresses = [{ address: ip("192.0.2.10"), cidr: cidr("192.0.2.0/24") }];
  const leg = (suffix: string) =>
    gatewayLegRows({ id: "g", scope: `s${suffix}`, suffix, chassis: ["n1", "n2"] }, "outside", addresses);
  const names = [...leg(""), ...leg("-west")].flatMap(({ columns }) => columns["name"] ?? []);
  assert.equal(new Set(names).size, names.length);
  const priorities = leg("").flatMap(({ columns }) => columns["priority"] ?? []);
  assert.deepEqual(priorities, [100, 99]);
});

test("the router port outside is bound to the group of chassis", () => {
  const rows = gatewayLegRows({ id: "g", scope: "s", suffix: "", chassis: [] }, "outside", []);
  const port = rows.find(({ table }) => table.name === "Logical_Router_Port");
  assert.deepEqual(port?.refs, { ha_chassis_group: "s/ovn4nfv-gateway-chassis" });
});

test("the switch outside has one port, to the wire, without a tag", () => {
  const [, port] = localnetSwitchRows({ id: "s/x", scope: "s", name: "x", physicalNetwork: "provider" });
  assert.deepEqual(port?.columns["options"], { network_name: "provider" });
  assert.deepEqual(port.parent, { id: "s/x", column: "ports" });
});
