import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { LargeTurns } from "#webhooks/peers/large-turns.ts";

function largeTurns() {
  const clock = new ManualClock();
  const turns = new LargeTurns({ isKnown: (peer) => peer === "known", clock });
  const told: string[] = [];
  const wait = (peer: string, name: string) => {
    const turn = turns.of(peer, () => void told.push(`${name} cut`));
    turn.wait(() => void told.push(name));
    return turn;
  };
  return { clock, turns, told, wait };
}

test("one large body at a time, the peers in turn, with a rest as long as four times the work", async () => {
  const { clock, told, wait } = largeTurns();
  const first = wait("a", "a1");
  wait("a", "a2");
  const other = wait("b", "b1");
  assert.deepEqual(told, ["a1"]);
  first.end(10);
  first.end(10);
  await clock.advance(39);
  assert.deepEqual(told, ["a1"]);
  await clock.advance(1);
  assert.deepEqual(told, ["a1", "b1"]);
  other.end(0);
  await clock.advance(0);
  assert.deepEqual(told, ["a1", "b1", "a2"]);
});

test("known peers do not wait for strangers, and have no rest", async () => {
  const { clock, told, wait } = largeTurns();
  wait("a", "stranger");
  const first = wait("known", "known");
  wait("known", "known again");
  first.end(10);
  await clock.advance(0);
  assert.deepEqual(told, ["stranger", "known", "known again"]);
});

test("a turn that takes long is taken away when others wait, and who gave up is passed over", async () => {
  const { clock, told, wait } = largeTurns();
  const slow = wait("a", "slow");
  await clock.advance(5_000);
  assert.deepEqual(told, ["slow"]);
  wait("b", "gave up").end(0);
  wait("c", "next");
  await clock.advance(1_000);
  assert.deepEqual(told, ["slow", "slow cut"]);
  slow.end(0);
  await clock.advance(0);
  assert.deepEqual(told, ["slow", "slow cut", "next"]);
});

test("a body that is not large ends no turn", () => {
  const { turns, told, wait } = largeTurns();
  turns.of("a", () => undefined).end(5);
  wait("b", "b");
  assert.deepEqual(told, ["b"]);
});
