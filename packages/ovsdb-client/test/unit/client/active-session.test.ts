import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsdbError } from "../../../src/errors/ovsdb-error.ts";
import { ActiveSession } from "../../../src/client/active-session.ts";
import { comment } from "../../../src/transaction/operations.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

function session() {
  const peer = new ScriptedPeer();
  const { connection } = peer;
  return {
    peer,
    session: new ActiveSession({ number: 1, connection, database: "D", clusterId: undefined, serverId: undefined }),
  };
}

test("operations go out as one transaction on the database", async () => {
  const { peer, session: active } = session();
  const results = active.transact([comment("a"), comment("b")]);
  assert.deepEqual(peer.sent, [
    { method: "transact", params: ["D", { op: "comment", comment: "a" }, { op: "comment", comment: "b" }], id: 1 },
  ]);
  peer.answer([{}, {}]);
  assert.deepEqual(await results, [{}, {}]);
});

test("an error instead of results refuses the transaction, be it a string or an object", async () => {
  const { peer, session: active } = session();
  const byObject = assert.rejects(active.transact([comment("a")]), {
    code: "TransactionFailed",
    message: "the commit failed: unknown database: D",
  });
  peer.answer(null, { error: "unknown database", details: "D" });
  await byObject;
  const byString = assert.rejects(active.transact([comment("a")]), {
    code: "TransactionFailed",
    details: { reason: "canceled", serverError: "canceled", operation: undefined, serverDetails: undefined },
  });
  peer.answer(null, "canceled");
  await byString;
});

test("its signal aborts with the reason of the end", () => {
  const { session: active } = session();
  const error = new OvsdbError("NotConnected", "over");
  active.end(error);
  assert.equal(active.signal.reason, error);
});
