import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WaitingObjects } from "#src/controllers/holds/waiting-objects.ts";

const age = (second: number, uid = "u") => ({
  createdAt: new Date(Date.UTC(2026, 10, 29, 0, 0, second)).toISOString(),
  uid,
});

describe("objects that wait", () => {
  it("are found by what they wait for, the oldest first", () => {
    const waiting = new WaitingObjects();
    for (const second of [5, 1, 3, 2, 4]) waiting.set(`o${second}`, age(second), "pool");
    waiting.set("o0", age(0), "other");
    assert.deepEqual(waiting.oldest("pool", 3), ["o1", "o2", "o3"]);
    assert.deepEqual(waiting.oldest("pool", 9), ["o1", "o2", "o3", "o4", "o5"]);
    assert.deepEqual(waiting.oldest("nothing", 3), []);
  });

  it("wait for one thing at a time, and tell what it was before", () => {
    const waiting = new WaitingObjects();
    assert.equal(waiting.set("a", age(1), "pool"), undefined);
    assert.equal(waiting.set("a", age(1), "limit"), "pool");
    assert.deepEqual([waiting.oldest("pool", 1), waiting.oldest("limit", 1)], [[], ["a"]]);
    assert.equal(waiting.set("a", age(1), undefined), "limit");
    assert.deepEqual(waiting.oldest("limit", 1), []);
    waiting.set("a", age(1), "pool");
    assert.deepEqual([waiting.forget("a"), waiting.forget("a")], ["pool", undefined]);
    assert.deepEqual(waiting.oldest("pool", 1), []);
    assert.equal(waiting.set("a", age(1), "pool"), undefined);
  });
});
