import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, TableSpec } from "ovsdb-client";
import { decidingRows, routerIds, routersOfPorts } from "#src/commands/trace/deciding-rows.ts";
import { logicalRouter, staticRoute, topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";

const uuid = (first: string): string => `${first}-0000-4000-8000-000000000000`;
const ids = new Map([["k8s.plugin.opnfv.org/owner", "ovn4nfv"]]);

/** A database with one router, which has a port and a route. */
const nb = {
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    const rows: Readonly<Record<string, object>> = {
      [logicalRouter.name]: { name: "master", ports: [uuid("000000a1"), uuid("000000a2")], external_ids: ids },
      [topologyRouterPort.name]: { name: "rtos-blue", external_ids: ids },
      [staticRoute.name]: { ip_prefix: "10.1.0.0/16", external_ids: ids },
    };
    const row = rows[table.name];
    const own = table.name === topologyRouterPort.name ? uuid("000000a1") : uuid("0badcafe");
    return new Map(row === undefined ? [] : [[own, row as Row<T>]]);
  },
};

test("a row that becomes flows is found by the first digits of its UUID, and a router is none", () => {
  const found = decidingRows(nb);
  assert.deepEqual([...found.keys()], ["0badcafe"]);
  const { table, uuid: whole, ids: marks } = found.get("0badcafe") ?? assert.fail();
  assert.deepEqual([table, whole, marks], [staticRoute.name, uuid("0badcafe"), ids]);
});

test("a router is found by its name, and by its ports that are read already", () => {
  assert.deepEqual(routerIds(nb), new Map([["master", ids]]));
  assert.deepEqual(routersOfPorts(nb), new Map([["rtos-blue", "master"]]));
});
