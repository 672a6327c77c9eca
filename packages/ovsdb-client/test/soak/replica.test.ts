import assert from "node:assert/strict";
import { test } from "node:test";
import { runReplicaModel } from "../integration/replica-model.ts";
import { startOvsdbCluster } from "../../../../lab/ovn/ovsdb-cluster.ts";
import { startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { chooseSeed } from "../integration/seeded-random.ts";

const operations = Number(process.env["OPS"] ?? 10_000);

test("the replica equals the database at each quiet point over thousands of operations, standalone", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using server = await startOvsdbServer();
  const report = await runReplicaModel({ ...server, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.full > 1);
});

test("the replica equals the database at each quiet point over thousands of operations, clustered", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  await using cluster = await startOvsdbCluster({ members: 1 });
  const [member] = cluster.members;
  assert.ok(member);
  const report = await runReplicaModel({ ...member, seed, operations: operations / 2 });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.syncs.resumed > 1);
});
