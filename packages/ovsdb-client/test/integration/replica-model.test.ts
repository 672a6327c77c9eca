import assert from "node:assert/strict";
import { test } from "node:test";
import { startOvsdbCluster } from "../../../../lab/ovn/ovsdb-cluster.ts";
import { startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { chooseSeed } from "./seeded-random.ts";
import { type ReplicaModelReport, runReplicaModel } from "./replica-model.ts";

const operations = Number(process.env["OPS"] ?? 1_000);

/**
 * There are two transactions for each comparison, and about a third is refused. If nearly all were, nothing would be
 * tested.
 */
function assertMostlyCommitted({ refused, comparisons }: ReplicaModelReport): void {
  assert.ok(refused < 1.6 * comparisons, `refused: ${refused} of ${2 * comparisons}`);
}

test("the replica equals the database at each quiet point, on a standalone server", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using server = await startOvsdbServer();
  const report = await runReplicaModel({ ...server, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.full > 1);
  assertMostlyCommitted(report);
});

test("the replica equals the database at each quiet point, resumed after disconnects from a clustered one", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using cluster = await startOvsdbCluster({ members: 1 });
  const [member] = cluster.members;
  assert.ok(member);
  const report = await runReplicaModel({ ...member, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.resumed > 0);
  assertMostlyCommitted(report);
  assert.equal(report.syncs.full, 1);
});
