import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { LoginSessions } from "#src/view/server/login/login-sessions.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { FakeAccount } from "#test/fakes/view-account.ts";

const limits = { most: 3, mostOfName: 2, lifeMs: 10_000, idleMs: 1_000 };

test("a session is found by its id alone, until it is ended", () => {
  const sessions = new LoginSessions(new ManualClock(), randomBytes, limits);
  const alice = new FakeAccount("alice");
  const id = sessions.begin(alice) ?? "";
  assert.equal(sessions.use(id), alice);
  for (const other of ["", `${id}x`, id.toUpperCase()]) assert.equal(sessions.use(other), undefined);
  sessions.end(id);
  assert.deepEqual([sessions.use(id), alice.hasEnded], [undefined, true]);
});

test("sessions end when they are old, or idle without a page, and those of an ended account at once", async () => {
  const clock = new ManualClock();
  const sessions = new LoginSessions(clock, randomBytes, limits);
  const [idle, watching, ended] = [new FakeAccount("idle"), new FakeAccount("watching"), new FakeAccount("ended")];
  watching.isWatching = true;
  const ids = [idle, watching, ended].map((one) => sessions.begin(one) ?? "");
  ended.close();
  await clock.advance(1_000);
  assert.deepEqual(
    ids.map((id) => sessions.use(id)?.name),
    [undefined, "watching", undefined],
  );
  await clock.advance(9_000);
  assert.equal(sessions.use(ids[1] ?? ""), undefined);
  assert.ok(watching.hasEnded);
});

test("a name that logs in often loses its oldest session, and no more sessions are there than the limit says", async () => {
  const clock = new ManualClock();
  const sessions = new LoginSessions(clock, randomBytes, limits);
  const first = sessions.begin(new FakeAccount("a")) ?? "";
  for (let i = 0; i < 2; i += 1) sessions.begin(new FakeAccount("a"));
  assert.deepEqual([sessions.use(first), sessions.size], [undefined, 2]);
  assert.ok(sessions.begin(new FakeAccount("b")) !== undefined);
  await clock.advance(60_000);
  assert.equal(sessions.size, 0, "whoever is idle makes room");
});

test("the ServiceAccounts of a namespace have the sessions of one name", () => {
  const sessions = new LoginSessions(new ManualClock(), randomBytes, { ...limits, most: 4 });
  const accounts = ["shop:a", "shop:b", "shop:c", "shop-2:a"].map(
    (name) => new FakeAccount(`system:serviceaccount:${name}`),
  );
  for (const one of accounts) assert.ok(sessions.begin(one) !== undefined);
  assert.deepEqual(
    accounts.map(({ hasEnded }) => hasEnded),
    [true, false, false, false],
  );
});

test("when all places are taken the session that was not used for the longest time ends, and never one with a page", async () => {
  const clock = new ManualClock();
  const sessions = new LoginSessions(clock, randomBytes, { ...limits, idleMs: 60_000 });
  const accounts = ["a", "b", "c"].map((name) => new FakeAccount(name));
  const [first = ""] = accounts.map((one) => sessions.begin(one) ?? "");
  await clock.advance(10);
  sessions.use(first);
  for (const one of accounts.slice(1, 2)) one.isWatching = true;
  assert.ok(sessions.begin(new FakeAccount("d")) !== undefined);
  assert.deepEqual(
    accounts.map(({ hasEnded }) => hasEnded),
    [false, false, true],
  );
  for (const one of accounts) one.isWatching = true;
  assert.ok(sessions.begin(new FakeAccount("e")) !== undefined);
  const watching = new FakeAccount("f");
  watching.isWatching = true;
  assert.ok(sessions.begin(watching) !== undefined);
  assert.equal(sessions.begin(new FakeAccount("g")), undefined);
});
