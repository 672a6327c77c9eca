import assert from "node:assert/strict";
import { test } from "node:test";
import { startOvsdbCluster } from "#test/lab/ovsdb-cluster.ts";
import { startOvsdbServer } from "#test/lab/ovsdb-server.ts";
import { chooseSeed } from "#test/lab/seeded-random.ts";
import { runReplicaModel } from "./replica-model.ts";

const operations = Number(process.env["OPS"] ?? 1_000);

test("the replica equals the database at each quiet point, on a standalone server", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using server = await startOvsdbServer();
  const report = await runReplicaModel({ ...server, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.full > 1 && report.refused < report.comparisons);
});

test("the replica equals the database at each quiet point, resumed after disconnects from a clustered one", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using cluster = await startOvsdbCluster({ members: 1 });
  const [member] = cluster.members;
  assert.ok(member);
  const report = await runReplicaModel({ ...member, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.resumed > 0 && report.refused < report.comparisons);
  assert.equal(report.syncs.full, 1);
});
