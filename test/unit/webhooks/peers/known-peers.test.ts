import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { KnownPeers } from "#webhooks/peers/known-peers.ts";

test("a peer is known once a pod holds an allocation that it was answered, for an hour", async () => {
  const clock = new ManualClock();
  const known = new KnownPeers(clock);
  known.answered("a", "id-1");
  known.bound("of another replica");
  assert.equal(known.isKnown("a"), false);
  known.bound("id-1");
  assert.equal(known.isKnown("a"), true);
  assert.equal(known.isKnown("b"), false);
  await clock.advance(3_600_000);
  assert.equal(known.isKnown("a"), false);
});

test("a peer is known at once when it has shown a certificate, and few peers are remembered", () => {
  const known = new KnownPeers(new ManualClock());
  for (let n = 0; n < 65; n += 1) known.identified(`peer ${n}`);
  assert.deepEqual(
    [0, 1, 64].map((n) => known.isKnown(`peer ${n}`)),
    [false, true, true],
  );
});

test("a peer that becomes known is told once, and again only after it was forgotten", async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const known = new KnownPeers(clock, (peer) => told.push(peer));
  for (const peer of ["a", "b", "a"]) known.identified(peer);
  assert.deepEqual(told, ["a", "b"]);
  await clock.advance(3_600_000);
  known.identified("a");
  assert.deepEqual(told, ["a", "b", "a"]);
});

test("allocations that nobody binds are forgotten when there are many", () => {
  const known = new KnownPeers(new ManualClock());
  for (let n = 0; n < 4_097; n += 1) known.answered(`peer ${n}`, `id ${n}`);
  for (const id of ["id 0", "id 1"]) known.bound(id);
  assert.deepEqual(
    [0, 1].map((n) => known.isKnown(`peer ${n}`)),
    [false, true],
  );
});
