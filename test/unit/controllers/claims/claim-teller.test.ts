import assert from "node:assert/strict";
import { test } from "node:test";
import { decideClaim } from "#src/controllers/claims/claim-decision.ts";
import { ClaimTeller } from "#src/controllers/claims/claim-teller.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { claimObject, claimRow } from "#test/fixtures/controllers/ipam-claims.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";

const pod = { name: "db-0", uid: "u1", isFirst: true };

test("a claim is told of its addresses by status and Event, and of the pod for which its deletion waits", async () => {
  const { api, events, patches, notes } = new ToldObjects();
  const teller = new ClaimTeller({
    api,
    events,
    clock: { now: () => 0 },
    logger: silentLogger,
    metrics: createMetrics(),
  });
  const told = decideClaim(claimObject(), [claimRow(pod)]);
  assert.ok(told.do === "tell");
  await teller.tell(claimObject(), told.outcome, {});
  const { status } = patches[0] as { status: object };
  await teller.tell(claimObject({ status }), told.outcome, {});
  assert.equal(patches.length, 1, "it says that already");
  const waits = decideClaim(claimObject({ deleting: true, status }), [claimRow(pod)]);
  assert.ok(waits.do === "tell");
  await teller.tell(claimObject({ deleting: true, status }), waits.outcome, {});
  assert.deepEqual(
    notes.map(({ type, reason, message }) => [type, reason, message]),
    [
      ["Normal", "SuccessfulAllocation", "addresses that stay with the claim: 10.0.0.5/24"],
      ["Warning", "ClaimInUse", "the claim is deleted when pod db-0 has ended"],
    ],
  );
});

test("claims are counted by their state until they are gone", async () => {
  const metrics = createMetrics();
  const { api, events } = new ToldObjects();
  const teller = new ClaimTeller({ api, events, clock: { now: () => 0 }, logger: silentLogger, metrics });
  const counts = async (): Promise<Record<string, number>> => {
    const { values = [] } = (await metrics.registry.getSingleMetric("ovn4nfv_ipam_claims")?.get()) ?? {};
    const some = values.filter(({ value }) => value > 0);
    return Object.fromEntries(some.map(({ labels, value }) => [String(labels["state"]), value]));
  };
  for (const [key, rows] of [
    ["a", [claimRow(pod)]],
    ["b", [claimRow()]],
    ["c", []],
  ] as const) {
    teller.seen(key, rows, { do: "nothing" });
  }
  assert.deepEqual(await counts(), { in_use: 1, kept: 1, without_addresses: 1 });
  teller.forget("a");
  assert.deepEqual(await counts(), { kept: 1, without_addresses: 1 });
});
