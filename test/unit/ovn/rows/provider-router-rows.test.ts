import assert from "node:assert/strict";
import { test } from "node:test";
import { providerRouterPortId, providerRouterRows } from "#src/ovn/rows/provider-router-rows.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

test("a port of the router stands on a group of chassis, and is closed to what no chain has", () => {
  const addresses = [{ address: ip("172.30.10.254"), cidr: cidr("172.30.10.0/24") }];
  const rows = providerRouterRows({ name: "outside", uid: "u1", addresses, chassis: ["c1", "c2"] });
  assert.deepEqual(
    rows.map(({ id, table, columns, refs, parent }) => [id, table.name, columns, refs, parent?.id]),
    [
      ["u1/router-chassis", "HA_Chassis_Group", { name: "ovn4nfv-provider-outside" }, undefined, undefined],
      ["u1/chassis-c1", "HA_Chassis", { chassis_name: "c1", priority: 100 }, undefined, "u1/router-chassis"],
      ["u1/chassis-c2", "HA_Chassis", { chassis_name: "c2", priority: 99 }, undefined, "u1/router-chassis"],
      [
        "u1/rtos-outside",
        "Logical_Router_Port",
        { name: "rtos-outside", mac: "0a:58:ac:1e:0a:fe", networks: ["172.30.10.254/24"] },
        { ha_chassis_group: "u1/router-chassis" },
        "topology/ovn4nfv-master",
      ],
      [
        "u1/stor-outside",
        "Logical_Switch_Port",
        { name: "stor-outside", type: "router", addresses: ["router"], options: { "router-port": "rtos-outside" } },
        undefined,
        "u1/switch",
      ],
      [
        "u1/router-closed",
        "Logical_Router_Policy",
        {
          priority: 19_000,
          match: 'inport == "rtos-outside" || outport == "rtos-outside"',
          action: "drop",
          nexthops: [],
        },
        undefined,
        "topology/ovn4nfv-master",
      ],
    ],
  );
  assert.equal(providerRouterPortId({ name: "outside", uid: "u1" }), "u1/rtos-outside");
});
