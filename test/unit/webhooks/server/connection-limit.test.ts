import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionLimit, type CountedConnection } from "#webhooks/server/connection-limit.ts";

function limited(max: number) {
  const limit = new ConnectionLimit(max, (peer) => peer === "known");
  const ended: string[] = [];
  const open = (peer: string, name: string, use?: "idle" | "busy"): CountedConnection => {
    const connection = { peer, end: () => void ended.push(name) };
    limit.entered(connection);
    if (use !== undefined) limit.used(connection, use);
    return connection;
  };
  return { limit, ended, open };
}

test("at the limit one of the largest peers gives way, and before all others a connection without a request", () => {
  const { limit, ended, open } = limited(8);
  open("many", "busy", "busy");
  open("many", "idle", "idle");
  open("many", "first new");
  open("many", "second new");
  open("few", "used", "idle");
  open("few", "few");
  for (let n = 0; n < 3; n += 1) open(`other ${n}`, "other", "busy");
  assert.deepEqual(ended, ["first new", "second new", "few"]);
  assert.equal(limit.count, 6);
});

test("a connection that never sent a request goes before others of peers with as many", () => {
  const { ended, open } = limited(8);
  for (let n = 0; n < 3; n += 1) open("used", "used", "idle");
  for (let n = 0; n < 3; n += 1) open("silent", `silent ${n}`);
  open("newcomer", "newcomer");
  assert.deepEqual(ended, ["silent 0"]);
});

test("of one peer's many connections its oldest new one goes, and when all are in use the longest idle one", () => {
  const { ended, open } = limited(4);
  open("a", "1");
  open("a", "2");
  open("a", "3", "idle");
  open("a", "4", "busy");
  open("a", "5", "busy");
  open("a", "6", "busy");
  open("a", "7");
  assert.deepEqual(ended, ["1", "2", "3", "4"]);
});

test("a known peer keeps a quarter, however many strangers there are", () => {
  const { limit, ended, open } = limited(8);
  open("known", "known");
  open("known", "known");
  for (let n = 0; n < 20; n += 1) open(`stranger ${n}`, "stranger");
  assert.equal(ended.includes("known"), false);
  assert.equal(limit.count, 8);
});

test("a connection that is gone counts no more, also when it had given way before", () => {
  const { limit, open } = limited(2);
  const first = open("a", "first");
  open("a", "second");
  limit.left(first);
  limit.used(first, "idle");
  limit.left(first);
  assert.equal(limit.count, 1);
});
