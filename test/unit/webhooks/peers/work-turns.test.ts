import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkTurns } from "#webhooks/peers/work-turns.ts";

/** Turns that the test takes by hand. */
function turnsByHand() {
  const coming: (() => void)[] = [];
  const turns = new WorkTurns({ isKnown: (peer) => peer === "known", defer: (turn) => void coming.push(turn) });
  const done: string[] = [];
  const run = (peer: string, name: string, costMs: number): void => {
    turns.run(peer, costMs, () => void done.push(name));
  };
  const next = (): readonly string[] => {
    done.length = 0;
    for (const turn of coming.splice(0)) turn();
    return [...done];
  };
  return { turns, coming, done, run, next };
}

test("work begins at once until the slice of this turn is spent; then the peers have their turns", () => {
  const { coming, done, run, next } = turnsByHand();
  for (const name of ["a1", "a2", "a3", "a4"]) run("a", name, 2);
  run("b", "b1", 2);
  assert.deepEqual(done, ["a1"]);
  assert.deepEqual(next(), ["b1"]);
  assert.deepEqual(next(), ["a2"]);
  assert.deepEqual(next(), ["a3"]);
  run("known", "known", 2);
  assert.deepEqual(done, ["a3", "known"]);
  assert.deepEqual(next(), ["a4"]);
  assert.deepEqual(next(), []);
  assert.equal(coming.length, 0);
});

test("cheap work fills a slice together, and nobody waits longer than for the end of a turn", async () => {
  const { turns, done, run, next } = turnsByHand();
  for (let n = 0; n < 6; n += 1) run("a", `${n}`, 0.5);
  assert.deepEqual(done, ["0", "1", "2", "3"]);
  const waiting = turns.next("b", 0.5);
  assert.deepEqual(next(), ["4", "5"]);
  await waiting;
});

test("work that is withdrawn takes no turn, and that which has begun stays", () => {
  const { turns, done, run, next } = turnsByHand();
  const begun = turns.run("a", 2, () => void done.push("begun"));
  const gone = [1, 2, 3].map(() => turns.run("a", 2, () => void done.push("gone")));
  run("b", "b1", 2);
  for (const withdraw of [begun, ...gone]) withdraw();
  assert.deepEqual(done, ["begun"]);
  assert.deepEqual(next(), ["b1"]);
  assert.deepEqual(next(), []);
});
