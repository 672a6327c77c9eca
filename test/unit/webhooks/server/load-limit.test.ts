import assert from "node:assert/strict";
import { test } from "node:test";
import { peerParts } from "#test/fixtures/webhooks/peer-parts.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** A load with these limits, of which a quarter is kept for the peer `known`. */
function loaded(maxRequests: number, maxBodyBytes: number) {
  const clock = new ManualClock();
  const { load, known } = peerParts({ limits: { maxRequests, maxBodyBytes }, clock });
  known.identified("known");
  const ended: string[] = [];
  const enter = (peer: string, name = peer) => load.enter(peer, () => ended.push(name));
  const must = (peer: string, name?: string) => enter(peer, name) ?? assert.fail(`${peer} did not get in`);
  return { load, clock, ended, enter, must };
}

test("over the limit of requests nobody gets in until somebody leaves", () => {
  const { load, enter, must } = loaded(4, 100);
  const first = must("a");
  must("a");
  must("a");
  assert.equal(enter("a"), undefined);
  first.leave();
  must("a");
  assert.equal(load.requests, 3);
});

test("the memory for bodies is shared and given back", () => {
  const { must } = loaded(10, 100);
  const first = must("a");
  const second = must("a");
  assert.equal(first.take(40), true);
  assert.equal(first.take(35), true);
  assert.equal(second.take(1), false);
  first.leave();
  assert.equal(second.take(75), true);
});

test("a quarter is left for peers that are known", () => {
  const { enter, must } = loaded(8, 100);
  for (let n = 0; n < 6; n += 1) must(`stranger ${n}`).parsing();
  assert.equal(enter("one more"), undefined);
  must("known");
  must("known");
});

test("of requests that are not parsed yet, those of the peer with most give way, the oldest first", () => {
  const { ended, must } = loaded(8, 100);
  const first = must("many", "1st");
  for (const name of ["2nd", "3rd", "4th", "5th"]) must("many", name);
  must("few");
  must("few");
  assert.deepEqual(ended, ["1st"]);
  first.leave();
  must("known");
  must("known");
  must("known");
  assert.deepEqual(ended, ["1st", "2nd"]);
});

test("a request that is being parsed gives way to nobody, and what gave way gets no more memory", () => {
  const { ended, enter, must } = loaded(4, 100);
  const served = must("many", "served");
  served.parsing();
  const waiting = must("many", "waiting");
  must("many", "second").parsing();
  must("few");
  assert.deepEqual(ended, ["waiting"]);
  assert.equal(waiting.take(1), false);
  assert.equal(enter("many"), undefined);
});

test("a body that takes more than a second gives way also to the same peer", async () => {
  const { clock, ended, enter, must } = loaded(4, 100);
  for (const name of ["1st", "2nd", "3rd"]) must("a", name);
  assert.equal(enter("a"), undefined);
  await clock.advance(1_000);
  must("a", "new");
  assert.deepEqual(ended, ["1st"]);
});

test("memory is taken from the peer with most of it", () => {
  const { ended, must } = loaded(100, 1_000);
  const large = must("many");
  assert.ok(large.take(700));
  const small = must("few");
  assert.ok(small.take(100));
  assert.deepEqual(ended, ["many"]);
  assert.equal(must("greedy").take(751), false);
  assert.deepEqual(ended, ["many"]);
});

test("idleness is reported at once, or when the last one leaves", () => {
  const { load, must } = loaded(10, 100);
  const told: string[] = [];
  load.whenIdle(() => told.push("before"));
  const first = must("a");
  const second = must("a");
  load.whenIdle(() => told.push("after"));
  first.leave();
  assert.deepEqual(told, ["before"]);
  second.leave();
  assert.deepEqual(told, ["before", "after"]);
});
