import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cooldown } from "#src/ipam/index/cooldown.ts";
import { keyOf } from "#test/fixtures/ipam/nb-fixture.ts";

describe("a released address", () => {
  const key = keyOf("10.0.0.2");

  it("is in cooldown for the time that is set, and no longer", () => {
    const cooldown = new Cooldown(60_000);
    assert.equal(cooldown.has(key, 0), false);
    cooldown.add(key, 1_000);
    assert.deepEqual([cooldown.has(key, 60_999), cooldown.has(key, 61_000)], [true, false]);
  });

  it("is in cooldown again when it was taken and released again", () => {
    const cooldown = new Cooldown(60_000);
    cooldown.add(key, 0);
    cooldown.add(keyOf("10.0.0.3"), 30_000);
    cooldown.add(key, 50_000);
    assert.deepEqual([cooldown.has(key, 100_000), cooldown.has(keyOf("10.0.0.3"), 100_000)], [true, false]);
  });

  it("has no cooldown when the time is 0", () => {
    const cooldown = new Cooldown(0);
    cooldown.add(key, 5);
    assert.equal(cooldown.has(key, 5), false);
  });

  it("ends in the order of release, each address once", () => {
    const cooldown = new Cooldown(60_000);
    const second = keyOf("10.0.0.3");
    cooldown.add(key, 0);
    cooldown.add(second, 10_000);
    assert.deepEqual([...cooldown.takeEnded(59_999)], []);
    assert.deepEqual([...cooldown.takeEnded(60_000)], [key]);
    assert.deepEqual([...cooldown.keys()], [second]);
    assert.deepEqual([...cooldown.takeEnded(100_000)], [second]);
  });
});
