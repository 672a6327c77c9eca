import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { findOverlap } from "#src/controllers/networks/network-conflict.ts";
import type { OwnedRow, OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";

const config = (more: object = {}) =>
  parseNetwork({
    metadata: { name: "blue", namespace: "default", uid: "u1" },
    spec: { cniType: "ovn4nfv", ipv4Subnets: [{ subnet: "10.1.0.0/24" }], ...more },
  });
const owned = (id: string, ...networks: readonly string[]): OwnedRows => {
  const row = { name: "rtos-x", networks } as unknown as OwnedRow["row"];
  return { rows: new Map([[id, { id, table: topologyRouterPort, uuid: "p", row }]]), foreignNames: new Set() };
};

test("a prefix that another port of the router has is reported with both networks", () => {
  assert.equal(
    findOverlap(config(), owned("u2/rtos-x", "10.0.0.1/24", "10.1.0.129/25")),
    "spec.ipv4Subnets[0] 10.1.0.0/24 overlaps 10.1.0.128/25 of the router port rtos-x",
  );
});

test("the network's own port, other prefixes, and an isolated network are no overlap", () => {
  assert.equal(findOverlap(config(), owned("u1/rtos-blue", "10.1.0.1/24")), undefined);
  assert.equal(findOverlap(config(), owned("u2/rtos-x", "10.2.0.1/24", "fd10::1/64")), undefined);
  assert.equal(findOverlap(config({ isolated: true }), owned("u2/rtos-x", "10.1.0.1/24")), undefined);
});
