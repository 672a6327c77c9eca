import assert from "node:assert/strict";
import { test } from "node:test";
import { abort, column, insert, type OvsdbSession, table } from "ovsdb-client";
import { systemClock } from "#src/core/clock.ts";
import { type AppError, hasCode } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

const logicalSwitch = table("Logical_Switch", { name: column.string() });

test("sessions and the listener give AppErrors, and one session is one object", async () => {
  await using server = await startOvsdbServer();
  const synced: OvsdbSession[] = [];
  const lost = Promise.withResolvers<AppError>();
  const names: string[] = [];
  const client = new DatabaseClient({
    endpoints: [server.endpoint],
    database: server.database,
    tables: [logicalSwitch],
    clock: systemClock,
    logger: silentLogger,
    listener: {
      changed(changes) {
        for (const { after } of changes) names.push(String(after?.["name"]));
      },
      synced: (session) => synced.push(session),
      lost: lost.resolve,
    },
  });
  client.start(new AbortController().signal);
  const session = await client.waitForSession({ signal: AbortSignal.timeout(60_000) });
  assert.equal(client.session, session);
  assert.deepEqual(synced, [session]);

  const [made] = await session.transact([insert(logicalSwitch, { name: "one" })]);
  assert.equal(client.rows(logicalSwitch).get(made?.uuid ?? "")?.name, "one");
  assert.deepEqual(names, ["one"]);
  await assert.rejects(session.transact([abort()]), (error) => {
    return hasCode(error, "TransactionFailed") && error.details.error === "aborted" && error.details.operation === 0;
  });

  await server.process.kill();
  assert.ok(hasCode(await lost.promise, "NotConnected"));
  assert.equal(session.signal.aborted, true);
  await assert.rejects(session.transact([]), (error) => hasCode(error, "NotConnected"));
  await client.close();
});
