import assert from "node:assert/strict";
import { test } from "node:test";
import { MemberWatch } from "../../../src/client/member-watch.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

function watched() {
  const indexes: unknown[] = [];
  const demands = { database: "NB", leader: "only", relays: "use", clusterId: undefined, newest: undefined } as const;
  const seen: unknown[] = [];
  const watch = new MemberWatch(() => demands, {
    seen: ({ index }) => seen.push(index),
    suitable: ({ index }) => indexes.push(index),
  });
  const peer = new ScriptedPeer((method, params) => watch.accept(method, params));
  return { watch, peer, seen, indexes, started: watch.start(peer.connection, {}) };
}

function status(leader: boolean, index: number): object {
  return { name: "NB", model: "clustered", connected: true, leader, cid: ["uuid", "c"], index };
}

test("a leader will do until it leads no more", async () => {
  const { watch, peer, indexes, started } = watched();
  assert.equal(peer.sent[0]?.params?.[0], "_Server");
  peer.answer({ Database: { u: { initial: status(true, 5) } } });
  await started;
  assert.equal(watch.status?.cid, "c");
  peer.notify("update2", "server", { Database: { u: { modify: { index: 6 } } } });
  assert.deepEqual(indexes, [5, 6]);
  peer.notify("update2", "server", { Database: { u: { modify: { leader: false } } } });
  assert.match(peer.connection.closed?.message ?? "", /is not the leader/);
});

test("a follower is refused at once, and its status was seen", async () => {
  const { peer, seen, indexes, started } = watched();
  const refused = assert.rejects(started, { code: "NotConnected", message: "unix:scripted is not the leader" });
  peer.answer({ Database: { u: { initial: status(false, 5) } } });
  await refused;
  assert.deepEqual([seen, indexes], [[5], []]);
});

test("a database that is removed ends the connection", async () => {
  const { peer, started } = watched();
  peer.answer({ Database: { u: { initial: status(true, 5) } } });
  await started;
  peer.notify("update2", "server", { Database: { u: { delete: null } } });
  assert.match(peer.connection.closed?.message ?? "", /does not serve the database NB/);
});

test("a server too old to have _Server is taken as it is", async () => {
  const { watch, peer, started } = watched();
  peer.answer(null, { error: "unknown database" });
  await started;
  assert.equal(watch.status, undefined);
  assert.equal(peer.connection.closed, undefined);
});
