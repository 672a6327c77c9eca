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
  assert.deepEqual(taken, ["a1", "b1", "c1", "a2", "b2", "a3"]);
  assert.equal(queue.shift(), undefined);
});
