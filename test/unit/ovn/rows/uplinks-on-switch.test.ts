import assert from "node:assert/strict";
import { test } from "node:test";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";
import { uplinksOnSwitch } from "#src/ovn/rows/uplinks-on-switch.ts";
import { logicalRouter, topologyRouterPort, topologySwitchPort } from "#src/ovn/owned/topology-tables.ts";

const owned = (id: string, table: OwnedRow["table"], row: object): readonly [string, OwnedRow] => [
  id,
  { id, table, uuid: `uuid-of-${id}`, row: row as OwnedRow["row"] },
];
const rowsOf = (uid: string, name: string, networks: readonly string[]) => [
  owned(`uplink/${uid}/gateway`, logicalRouter, { name: `ovn4nfv-gateway-${name}` }),
  owned(`uplink/${uid}/rtoe`, topologyRouterPort, { name: `rtoe-${name}`, networks: new Set(networks) }),
  owned(`uplink/${uid}/etor`, topologySwitchPort, {
    name: `etor-${name}`,
    options: new Map([["router-port", `rtoe-${name}`]]),
  }),
];

test("the gateways that have a port on the switch are found with their addresses, by name", () => {
  const rows = new Map([
    ...rowsOf("u2", "west", ["192.0.2.9/24", "198.51.100.9/24"]),
    ...rowsOf("u1", "east", ["192.0.2.8/24"]),
    ...rowsOf("u3", "elsewhere", ["192.0.2.7/24"]),
    owned("p1/localnet", topologySwitchPort, { name: "l", options: new Map() }),
  ]);
  const ports = new Set(["uuid-of-uplink/u1/etor", "uuid-of-uplink/u2/etor", "uuid-of-p1/localnet"]);
  assert.deepEqual(uplinksOnSwitch({ rows, foreignNames: new Set() }, ports), [
    { uplink: "east", addresses: ["192.0.2.8/24"] },
    { uplink: "west", addresses: ["192.0.2.9/24", "198.51.100.9/24"] },
  ]);
});
