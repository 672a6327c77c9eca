import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeBackup, judgeKubeOvn } from "#src/commands/doctor/keeping-checks.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const hourMs = 3_600_000;

test("a backup is overdue after a day and a half, also when none was ever made", async () => {
  const facts = await healthyFacts();
  const judged = (agoHours: number, succeeded: boolean) => {
    const at = facts.nowMs - agoHours * hourMs;
    const state = { isSuspended: false, madeMs: at, succeededMs: succeeded ? at : undefined };
    return judgeBackup({ ...facts, backup: { value: state } })[0];
  };
  assert.equal(judged(20, true)?.says, "the last one is 20 hours old");
  assert.equal(judged(20, false)?.says, "the first backup is still to come");
  assert.equal(judged(40, true)?.health, "failed");
  assert.match(judged(40, false)?.says ?? "", /no backup was made in 40 hours/);
});

test("a cluster without our backup is warned only when the databases are ours, and a suspended one always", async () => {
  const facts = { ...(await healthyFacts()), backup: { value: undefined } };
  assert.deepEqual(judgeBackup({ ...facts, ownsDatabases: { value: false } }), []);
  assert.equal(judgeBackup({ ...facts, ownsDatabases: { value: true } })[0]?.health, "warning");
  const suspended = { isSuspended: true, madeMs: facts.nowMs, succeededMs: facts.nowMs };
  assert.match(judgeBackup({ ...facts, backup: { value: suspended } })[0]?.says ?? "", /is suspended/);
});

test("Kube-OVN on one database is a fault unless it spares rows of others or collects nothing", async () => {
  const facts = await healthyFacts();
  const judged = (collects: boolean, sparesSwitches: boolean, sparesLoadBalancers: boolean) =>
    judgeKubeOvn({ ...facts, kubeOvn: { value: { collects, sparesSwitches, sparesLoadBalancers } } })[0];
  assert.match(judged(true, false, false)?.says ?? "", /deletes our switches/);
  assert.match(judged(true, true, false)?.says ?? "", /deletes the load balancers/);
  assert.equal(judged(true, true, true)?.health, "ok");
  assert.equal(judged(false, false, false)?.health, "ok");
  assert.deepEqual(judgeKubeOvn({ ...facts, kubeOvn: { value: undefined } }), []);
});
