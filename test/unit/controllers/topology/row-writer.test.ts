import assert from "node:assert/strict";
import { test } from "node:test";
import type { OvsdbSession } from "ovsdb-client";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { AppError } from "#src/core/errors.ts";
import { topologyRows, topologyScope } from "#src/ovn/rows/topology.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

/** A writer on an empty NB whose transactions end by `transact`. */
function writer(transact: OvsdbSession["transact"]) {
  const session = { transact } as unknown as OvsdbSession;
  return new RowWriter({ rows: () => new Map(), waitForSession: () => Promise.resolve(session) }, "c1");
}
const rows = topologyRows(sampleTopology(false));
const changed = (error: unknown) => error instanceof AppError && error.code === "RowsChanged";

test("the rows are written in one durable transaction", async () => {
  const sent: string[][] = [];
  const own = writer((operations) => {
    sent.push(operations.map(({ op }) => op));
    return Promise.resolve([]);
  });
  assert.equal(await own.bring(topologyScope, rows, [], {}), undefined);
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.at(-1), "commit");
});

test("a change that hit no row, or a wait that failed, means that NB has moved on", async () => {
  await assert.rejects(writer(() => Promise.resolve([{ count: 0 }])).bring(topologyScope, rows, [], {}), changed);
  const timedOut = new AppError("TransactionFailed", "wait", { details: { error: "timed out" } });
  await assert.rejects(writer(() => Promise.reject(timedOut)).bring(topologyScope, rows, [], {}), changed);
});

test("any other failure is thrown as it is", async () => {
  const error = new AppError("OutcomeUnknown", "lost");
  await assert.rejects(writer(() => Promise.reject(error)).bring(topologyScope, rows, [], {}), error);
});

test("nothing to write is nothing sent", async () => {
  await writer(() => assert.fail("sent")).write([], {});
});
