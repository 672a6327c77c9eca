import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type NonPortHolder, Holders } from "#src/ipam/index/holders.ts";

const router: NonPortHolder = { kind: "router port", name: "lrp" };

describe("the holders of a key", () => {
  it("are distinguished from nobody and from each other", () => {
    const holders = new Holders<string>();
    assert.deepEqual([holders.has("k"), holders.of("k"), holders.hasOther("k", "a")], [false, [], false]);
    assert.equal(holders.add("k", "a"), false);
    assert.deepEqual([holders.hasOther("k", "a"), holders.hasOther("k", "b")], [false, true]);
    assert.equal(holders.add("k", router), true, "somebody had it");
    assert.deepEqual(holders.of("k"), ["a", router]);
    assert.deepEqual([holders.hasOther("k", "a"), holders.hasOther("k", router)], [true, true]);
  });

  it("go one by one, in any order, and leave the key free", () => {
    const holders = new Holders<string>();
    for (const holder of ["a", "b", router]) holders.add("k", holder);
    holders.remove("k", "b");
    holders.remove("k", "b");
    assert.deepEqual(holders.of("k"), ["a", router]);
    holders.remove("k", "a");
    assert.deepEqual(holders.of("k"), [router]);
    assert.equal(holders.hasOther("k", router), false);
    holders.remove("k", router);
    assert.deepEqual([holders.has("k"), holders.size, [...holders.keys()]], [false, 0, []]);
  });

  it("are counted as often as they came: a port that names an address twice gives it up twice", () => {
    const holders = new Holders<string>();
    holders.add("k", "a");
    assert.equal(holders.add("k", "a"), true);
    assert.equal(holders.hasOther("k", "a"), false, "it is nobody else");
    holders.remove("k", "a");
    assert.deepEqual(holders.of("k"), ["a"]);
    holders.remove("k", "a");
    assert.equal(holders.has("k"), false);
  });
});
