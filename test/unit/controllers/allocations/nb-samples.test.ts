import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { showSamples, takeSamples } from "#src/controllers/allocations/nb-samples.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

function nb(more: object = {}) {
  const owned = { owner: "ovn4nfv", namespace: "default", pod: "web" };
  const reserved = { ...owned, allocation: "A", "pod-uid": "" };
  const { index, source } = indexedNb({
    switches: [
      {
        name: "blue",
        ids: { subnets: "10.0.0.0/29,fd00::/125", gateways: "10.0.0.1", ...more },
        ports: [
          { name: "A-net1", addresses: ["0a:58:0a:00:00:02 10.0.0.2 fd00::2"], ids: reserved },
          {
            name: "B-net1",
            addresses: ["0a:58:0a:00:00:03 10.0.0.3"],
            ids: { ...owned, allocation: "B", "pod-uid": "u" },
          },
          { name: "vm", addresses: ["00:00:00:00:00:01 10.0.0.4"] },
        ],
      },
    ],
  });
  const byId = new Map<string, PortRow[]>();
  for (const [uuid, { name, external_ids }] of source.rows(logicalSwitchPort)) {
    const owner = portOwner(external_ids);
    if (owner !== undefined)
      byId.set(owner.allocation, [{ uuid, name, owner, firstSeenMs: 1_000, isDown: false, isUp: true }]);
  }
  const rows = { ids: () => byId.keys(), of: (id: string) => byId.get(id) ?? [], unknown: () => ["x"].values() };
  return { index, rows };
}

test("pools are counted by family, reservations with their age, and ports without an owner", () => {
  const { index, rows } = nb();
  assert.deepEqual(takeSamples(index, rows, 4_000), {
    pools: [
      { network: "blue", family: "IPv4", size: 5, used: 3, reserved: 1 },
      { network: "blue", family: "IPv6", size: 6, used: 1, reserved: 1 },
    ],
    named: [],
    floating: [],
    openReservations: 1,
    oldestReservationSeconds: 3,
    unknownPorts: 1,
  });
});

test("pools that are chosen are counted by name, and a reservation in one is in no other count", () => {
  const pools = JSON.stringify([{ name: "front", range: "10.0.0.2/31" }]);
  const { index, rows } = nb({ pools });
  const { pools: everybody, named } = takeSamples(index, rows, 4_000);
  assert.deepEqual(named, [{ network: "blue", pool: "front", family: "IPv4", size: 2, used: 2 }]);
  assert.deepEqual(everybody[0], { network: "blue", family: "IPv4", size: 3, used: 1, reserved: 0 });
});

test("without a reservation there is no age", () => {
  const { index } = nb();
  const none = { ids: () => [].values(), of: () => [], unknown: () => [].values() };
  const { openReservations, oldestReservationSeconds } = takeSamples(index, none, 4_000);
  assert.deepEqual([openReservations, oldestReservationSeconds], [0, 0]);
});

test("a network that is gone is not shown any more", async () => {
  const metrics = createMetrics();
  const { index, rows } = nb();
  const samples = takeSamples(index, rows, 4_000);
  showSamples(samples, metrics);
  assert.match(await metrics.registry.metrics(), /^ovn4nfv_pool_addresses_used{network="blue",family="IPv4"} 3$/m);
  showSamples({ ...samples, pools: [], floating: [{ uplink: "west", family: 4, size: 80n, used: 3 }] }, metrics);
  assert.doesNotMatch(await metrics.registry.metrics(), /network="blue"/);
  assert.match(await metrics.registry.metrics(), /^ovn4nfv_floating_addresses_used{uplink="west",family="IPv4"} 3$/m);
  showSamples(samples, metrics);
  assert.doesNotMatch(await metrics.registry.metrics(), /uplink="west"/);
});
