import assert from "node:assert/strict";
import { test } from "node:test";
import { insert } from "../../src/transaction/operations.ts";
import { type ClusterMember, type OvsdbCluster, startOvsdbCluster } from "../../../../lab/ovn/ovsdb-cluster.ts";
import { nbctl } from "../../../../lab/ovn/ovsdb-server.ts";
import { ballast, logicalSwitch } from "./northbound.ts";
import { RecordedClient, rejection } from "./recorded-client.ts";

/** A busy machine misses the heartbeats of the usual second, and then another member leads. */
const electionTimerMs = 4_000;

function memberAt(cluster: OvsdbCluster, endpoint: string): ClusterMember {
  const member = cluster.members.find((candidate) => candidate.endpoint === endpoint);
  assert.ok(member);
  return member;
}

test("the leader is chosen; when it is killed the client moves to the next one and resumes", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs });
  await using recorded = new RecordedClient(cluster.endpoints);
  const session = await recorded.session();
  const leader = await cluster.leader();
  assert.equal(session.endpoint, leader.endpoint);
  assert.match(session.clusterId ?? "", /^[0-9a-f-]{36}$/);
  await session.transact([insert(logicalSwitch, { name: "before" })]);

  await leader.process.kill();
  await recorded.until("the loss", () => session.signal.aborted);
  const next = await recorded.commit([insert(logicalSwitch, { name: "after" })]);
  assert.notEqual(next.endpoint, session.endpoint);
  assert.equal(next.clusterId, session.clusterId);
  assert.notEqual(next.serverId, session.serverId);
  const [first, ...others] = recorded.syncs;
  assert.deepEqual([first, ...new Set(others)], ["full", "resumed"]);
  const names = recorded.client
    .rows(logicalSwitch)
    .values()
    .map(({ name }) => name);
  // A row whose transaction had an unknown outcome may be there twice.
  assert.deepEqual([...new Set(names)].sort(), ["after", "before"]);
});

test("a resumed session is told only what was missed, changes and deletions alike", async () => {
  await using cluster = await startOvsdbCluster({ members: 1 });
  await using recorded = new RecordedClient(cluster.endpoints);
  const session = await recorded.session();
  await session.transact(ballast());
  for (const name of ["kept", "changed", "deleted"]) await session.transact([insert(logicalSwitch, { name })]);
  const [member] = cluster.members;
  assert.ok(member);
  await recorded.client.close();
  recorded.events.length = 0;
  await nbctl(
    member.endpoint,
    "ls-del",
    "deleted",
    "--",
    "set",
    "Logical_Switch",
    "changed",
    "other_config:a=b",
    "--",
    "ls-add",
    "new",
  );
  recorded.client.start(new AbortController().signal);
  await recorded.session();
  const changes = recorded.events.flatMap((event) => (event.kind === "changed" ? event.changes : []));
  const told = changes
    .filter(({ table }) => table === "Logical_Switch")
    .map(({ before, after }) => [before?.["name"], after?.["name"]]);
  assert.deepEqual(recorded.syncs, ["resumed"]);
  assert.deepEqual(told.map(String).sort(), [",new", "changed,changed", "deleted,"]);
});

test("a client of a member that is cut off leaves it, and comes to the data of the majority", async () => {
  await using cluster = await startOvsdbCluster({ relayed: true });
  await using recorded = new RecordedClient(cluster.endpoints);
  const session = await recorded.session();
  const alone = memberAt(cluster, session.endpoint);
  cluster.cutOff(alone);
  // The member that is cut off cannot commit this. It may or may not do so after the healing.
  const outcome = rejection(session.transact([insert(logicalSwitch, { name: "cut off" })]));
  await cluster.leader();
  assert.equal((await outcome).code, "OutcomeUnknown");
  const next = await recorded.commit([insert(logicalSwitch, { name: "majority" })]);
  assert.notEqual(next.endpoint, alone.endpoint);
  await cluster.heal(alone);
  await using returned = new RecordedClient([alone.endpoint], { leader: "any" });
  const sees = (name: string): boolean =>
    returned.client
      .rows(logicalSwitch)
      .values()
      .some((row) => row.name === name);
  await returned.until("the data of the majority, through the healed member", () => sees("majority"));
});

test("a frozen server is given up for its silence", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs });
  await using recorded = new RecordedClient(cluster.endpoints, { probeIntervalMs: 500 });
  const session = await recorded.session();
  const frozen = memberAt(cluster, session.endpoint);
  frozen.process.freeze();
  await recorded.until("the loss", () => session.signal.aborted);
  const lost = recorded.events.findLast((event) => event.kind === "lost");
  assert.match(lost?.error.message ?? "", /silent/);
  const next = await recorded.session();
  assert.notEqual(next.endpoint, session.endpoint);
  frozen.process.thaw();
});

test("a follower will do when it is the only endpoint, unless the leader is demanded", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs });
  const leader = await cluster.leader();
  const follower = cluster.members.find((member) => member !== leader);
  assert.ok(follower);
  await using prefers = new RecordedClient([follower.endpoint]);
  await using demands = new RecordedClient([follower.endpoint], { leader: "only" });
  await prefers.commit([insert(logicalSwitch, { name: "through a follower" })]);
  await demands.refused(/is not the leader/);
});

test("members of another cluster are refused", async () => {
  await using cluster = await startOvsdbCluster({ members: 1 });
  const clusterId = "11111111-2222-4333-8444-555555555555";
  await using recorded = new RecordedClient(cluster.endpoints, { clusterId });
  await recorded.refused(/is of the cluster .*, not 11111111-2222-4333-8444-555555555555/);
});

test("a client outlives the restore of all members, and says that it sees older data", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs });
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => errors.push(message) };
  await using recorded = new RecordedClient(cluster.endpoints, { restoredAfterMs: 2_000, logger });
  await recorded.commit([insert(logicalSwitch, { name: "before" })]);
  const backup = cluster.backUp();
  for (let n = 0; n < 50; n += 1) await recorded.commit([insert(logicalSwitch, { name: `lost-${n}` })]);
  await cluster.restore(backup);
  await recorded.until("a session with the restored cluster", () => recorded.syncs.includes("restored"));
  await recorded.commit([insert(logicalSwitch, { name: "after" })]);
  const names = recorded.client.rows(logicalSwitch).values();
  // A row whose transaction had an unknown outcome may be there twice.
  assert.deepEqual([...new Set(names.map(({ name }) => name))].sort(), ["after", "before"]);
  assert.deepEqual(errors, ["database was restored: its whole cluster has older data than was seen before"]);
  assert.deepEqual(
    recorded.syncs.filter((how) => how === "restored"),
    ["restored"],
  );
});

test("members that are stopped and come back with the same data are no restore", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs });
  await using recorded = new RecordedClient(cluster.endpoints, { restoredAfterMs: 5_000 });
  await recorded.commit([insert(logicalSwitch, { name: "before" })]);
  await cluster.restore(cluster.backUp());
  await recorded.commit([insert(logicalSwitch, { name: "after" })]);
  assert.ok(!recorded.syncs.includes("restored"));
});
