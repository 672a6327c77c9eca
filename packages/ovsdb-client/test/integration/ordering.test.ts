// The server sends all changes that were committed before a transaction ahead of its reply, so the listener has them
// when the promise resolves. The README promises this, and the rule of
// docs/design/allocation-protocol.md#the-ordering-rule needs it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, insert, remove, select } from "../../src/transaction/operations.ts";
import { selectedRows } from "../../src/transaction/results.ts";
import { startOvsdbCluster } from "../../../../lab/ovn/ovsdb-cluster.ts";
import { startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { logicalSwitch } from "./northbound.ts";
import { RecordedClient } from "./recorded-client.ts";

/**
 * Each transaction inserts a row and reads all rows inside the transaction: those were committed before it by any
 * writer. The listener must have got all of them when the promise of the transaction resolves.
 */
async function writeAndLook(recorded: RecordedClient, name: string, rounds: number): Promise<number> {
  const session = await recorded.session();
  const seen = new Map<string, unknown>();
  let foreign = 0;
  for (let i = 0; i < rounds; i += 1) {
    const doomed = recorded.client.rows(logicalSwitch).keys().toArray();
    const [victim] = doomed.length > 20 ? doomed : [];
    const results = await session.transact([
      ...(victim === undefined ? [] : [remove(logicalSwitch, [["_uuid", "==", victim]])]),
      insert(logicalSwitch, { name: `${name}-${i}` }),
      select(logicalSwitch, [], ["_uuid", "name"]),
      commit({ durable: true }),
    ]);
    const rows = recorded.client.rows(logicalSwitch);
    for (const event of recorded.events.splice(0)) {
      if (event.kind !== "changed") continue;
      for (const { uuid, after } of event.changes) if (after !== undefined) seen.set(uuid, after["name"]);
    }
    for (const { uuid, row } of selectedRows(logicalSwitch, results.at(-2))) {
      // Its own insert is among them. Rows that were deleted later may be gone again.
      assert.equal(seen.get(uuid ?? ""), row.name);
      if (row.name?.startsWith(name) === false) foreign += 1;
    }
    assert.equal(victim !== undefined && rows.has(victim), false);
  }
  return foreign;
}

/** It is so long that no member stands for election because the machine is busy. */
const quietMs = 10_000;

async function assertOrder(endpoints: readonly (readonly string[])[], rounds: number): Promise<void> {
  const clients = endpoints.map((list) => new RecordedClient(list, { leader: "any" }));
  try {
    const foreign = await Promise.all(clients.map((client, i) => writeAndLook(client, `writer${i}`, rounds)));
    // The test shows something only if the writers have met each other's rows.
    for (const seen of foreign) assert.ok(seen > rounds, `rows of others seen: ${seen}`);
  } finally {
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  }
}

test("a reply comes after all earlier commits of others, on one server", async () => {
  await using server = await startOvsdbServer();
  await assertOrder([[server.endpoint], [server.endpoint], [server.endpoint]], 150);
});

test("a reply comes after all earlier commits of others, on the leader of a cluster", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs: quietMs });
  const { endpoint } = await cluster.leader();
  await assertOrder([[endpoint], [endpoint], [endpoint]], 60);
});

test("a reply comes after all earlier commits of others, on three members of a cluster", async () => {
  await using cluster = await startOvsdbCluster({ electionTimerMs: quietMs });
  await assertOrder(
    cluster.endpoints.map((endpoint) => [endpoint]),
    30,
  );
});
