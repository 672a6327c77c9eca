import assert from "node:assert/strict";
import { test } from "node:test";
import type { OwnedRow, OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";
import { findJoinPlace } from "#src/ovn/rows/uplink-rows.ts";
import { cidr, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

function owned(ports: Readonly<Record<string, readonly string[]>>): OwnedRows {
  const rows = Object.entries(ports).map(([id, networks]): readonly [string, OwnedRow] => [
    id,
    { id, table: topologyRouterPort, uuid: id, row: { networks } },
  ]);
  return { rows: new Map(rows), foreignNames: new Set() };
}

const taken = {
  "topology/rtoj-ovn4nfv-gateway": ["100.64.0.2/16", "fd98::2/64"],
  "uplink/u1/rtoj-ovn4nfv-gateway-east": ["100.64.0.3/16", "fd98::3/64"],
  "uplink/u2/rtoj-ovn4nfv-gateway-west": ["100.64.0.5/16", "fd98::5/64"],
};

test("an Uplink keeps its place on the join switch, and a new one takes the first that is free", () => {
  const topology = sampleTopology(false);
  assert.equal(findJoinPlace("u2", topology, owned(taken)), 5);
  assert.equal(findJoinPlace("u3", topology, owned(taken)), 4);
  assert.equal(findJoinPlace("u3", topology, owned({})), 3);
});

test("with other join subnets than before an Uplink gets another place", () => {
  const topology = { joinSubnets: [cidr("100.65.0.0/16")] };
  assert.equal(findJoinPlace("u2", topology, owned(taken)), 3);
});

test("a join subnet without room for another gateway gives no place", () => {
  const topology = { joinSubnets: [cidr("100.64.0.0/30")] };
  assert.equal(findJoinPlace("u3", topology, owned({})), undefined);
});
