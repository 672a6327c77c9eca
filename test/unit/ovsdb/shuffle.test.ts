import assert from "node:assert/strict";
import { test } from "node:test";
import { shuffle } from "#src/ovsdb/shuffle.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";

test("every order of three comes about equally often, and the input stays as it is", () => {
  const random = seededRandom(1);
  const input = ["a", "b", "c"] as const;
  const counts = new Map<string, number>();
  for (let i = 0; i < 6_000; i += 1) {
    const order = shuffle(input, random).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const [order, count] of counts) assert.ok(count > 850 && count < 1_150, `${order}: ${count}`);
  assert.deepEqual(input, ["a", "b", "c"]);
});
