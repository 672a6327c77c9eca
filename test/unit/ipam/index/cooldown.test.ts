import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cooldown } from "#src/ipam/index/cooldown.ts";
import { keyOf } from "#test/fixtures/ipam/nb-fixture.ts";

describe("a released address", () => {
  const key = keyOf("10.0.0.2");

  it("rests for the time set, and no longer", () => {
    const resting = new Cooldown(60_000);
    assert.equal(resting.has(key, 0), false);
    resting.add(key, 1_000);
    assert.deepEqual([resting.has(key, 60_999), resting.has(key, 61_000)], [true, false]);
  });

  it("rests anew when it was taken and released again", () => {
    const resting = new Cooldown(60_000);
    resting.add(key, 0);
    resting.add(keyOf("10.0.0.3"), 30_000);
    resting.add(key, 50_000);
    assert.deepEqual([resting.has(key, 100_000), resting.has(keyOf("10.0.0.3"), 100_000)], [true, false]);
  });

  it("does not rest at all when the time set is 0", () => {
    const resting = new Cooldown(0);
    resting.add(key, 5);
    assert.equal(resting.has(key, 5), false);
  });
});
