import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue } from "#webhooks/peers/fair-queue.ts";

test("peers have their turns one after the other, and what one peer waits with keeps its order", () => {
  const queue = new FairQueue<string>();
  for (const [peer, item] of [
    ["a", "a1"],
    ["a", "a2"],
    ["a", "a3"],
    ["b", "b1"],
    ["c", "c1"],
  ] as const) {
    queue.push(peer, item);
  }
  const taken = [queue.shift(), queue.shift()];
  queue.push("b", "b2");
  while (!queue.isEmpty) taken.push(queue.shift());
  assert.deepEqual(taken, ["c1", "b1", "a1", "b2", "a2", "a3"]);
  assert.equal(queue.shift(), undefined);
});

test("a peer that comes seldom has several turns before those that had many", () => {
  const queue = new FairQueue<string>();
  for (let n = 0; n < 30; n += 1) for (const peer of ["a", "b", "c"]) queue.push(peer, peer);
  for (let n = 0; n < 60; n += 1) queue.shift();
  for (const item of ["1", "2", "3"]) queue.push("seldom", item);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["1", "2", "3"]);
});

test("the newest item of a peer comes first where that is asked for", () => {
  const queue = new FairQueue<string>({ first: "newest" });
  for (const item of ["a1", "a2"]) queue.push("a", item);
  queue.push("b", "b1");
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["b1", "a2", "a1"]);
});

test("peers are compared by another share where one is given", () => {
  const queue = new FairQueue<string>({ shareOf: (peer) => (peer === "few" ? 1 : 9) });
  for (const peer of ["few", "many", "few"]) queue.push(peer, peer);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["few", "few", "many"]);
});

test("an item that needs no turn any more is taken out, and its peer waits with the others or not at all", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "a3"]) queue.push("a", item);
  queue.push("b", "b1");
  queue.delete("a", "a1");
  queue.delete("a", "other");
  queue.delete("nobody", "a2");
  queue.delete("b", "b1");
  assert.deepEqual([queue.shift(), queue.isEmpty], ["a2", false]);
  queue.delete("a", "a3");
  assert.deepEqual([queue.isEmpty, queue.shift()], [true, undefined]);
});

test("turns of long ago, and of a time when nobody had to wait, count no more", () => {
  const queue = new FairQueue<string>();
  const take = (peer: string, count: number): void => {
    for (let n = 0; n < count; n += 1) {
      queue.push(peer, peer);
      queue.shift();
    }
  };
  take("lonely", 500);
  queue.push("waiting", "waiting");
  queue.push("lonely", "lonely");
  assert.deepEqual([queue.shift(), queue.shift()], ["lonely", "waiting"]);
  for (let n = 0; n < 10_000; n += 1) for (const peer of ["a", "b"]) queue.push(peer, peer);
  for (let n = 0; n < 20_000 - 2; n += 1) queue.shift();
  queue.push("new", "new");
  queue.push("a", "a");
  assert.equal(queue.shift(), "new");
});
