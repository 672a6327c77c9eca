import assert from "node:assert/strict";
import { test } from "node:test";
import { column, table } from "ovsdb-client";
import { systemClock } from "#src/core/clock.ts";
import { AppError, hasCode } from "#src/core/errors.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { silentLogger } from "#src/core/logger.ts";

const thing = table("Thing", { name: column.string() });

function client(...endpoints: readonly string[]): DatabaseClient {
  const listener = { changed() {}, synced() {}, lost() {} };
  const handed = { clock: systemClock, logger: silentLogger };
  return new DatabaseClient({ endpoints, database: "D", tables: [thing], listener, ...handed });
}

test("a malformed endpoint is an AppError of the configuration", () => {
  assert.throws(
    () => client("http://nb"),
    (error) => hasCode(error, "ConfigInvalid") && error.message.includes("http://nb"),
  );
});

test("a caller that waits without a server gets AppErrors, and a second start is a defect", async () => {
  const idle = client("unix:/nonexistent/sock");
  const late = { deadlineMs: systemClock.monotonicMs() + 5 };
  await assert.rejects(idle.waitForSession(late), (error) => hasCode(error, "NotConnected"));
  await assert.rejects(idle.waitForSession({ signal: AbortSignal.abort() }), (error) => hasCode(error, "Aborted"));
  idle.start(new AbortController().signal);
  assert.throws(
    () => {
      idle.start(new AbortController().signal);
    },
    (error) => hasCode(error, "Internal"),
  );
  await idle.close();
  assert.equal(idle.session, undefined);
});

test("rows are those of the client, and of monitored tables only", () => {
  const idle = client("unix:/nonexistent/sock");
  assert.equal(idle.rows(thing).size, 0);
  assert.throws(() => idle.rows(table("Other", {})), AppError);
});
