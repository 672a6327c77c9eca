import assert from "node:assert/strict";
import { test } from "node:test";
import { closestNamed, closestWord, editDistance } from "#src/core/closest-word.ts";

const endless = () => ({ cells: Number.POSITIVE_INFINITY });
const distance = (a: string, b: string, most = 9): number => editDistance(a, b, most, endless());

test("a neighbouring swap, an insertion and a substitution each cost one edit", () => {
  for (const most of [1, 2, 9]) {
    assert.equal(distance("ipAddres", "ipAddress", most), 1);
    assert.equal(distance("ipAddress", "ipAddres", most), 1);
    assert.equal(distance("ipAdrdess", "ipAddress", most), 1);
    assert.equal(distance("ipBddress", "ipAddress", most), 1);
    assert.equal(distance("same", "same", most), 0);
  }
  assert.equal(distance("", "abc"), 3);
  assert.equal(distance("abc", ""), 3);
  assert.equal(distance("ab", "ab", 0), 0);
});

test("a distance that is more than what is asked for is not calculated", () => {
  assert.equal(distance("colour", "network", 2), Number.POSITIVE_INFINITY);
  assert.equal(distance("", "abc", 2), Number.POSITIVE_INFINITY);
  assert.equal(distance("ba", "ab", 0), Number.POSITIVE_INFINITY);
});

test("words of two letters are as far from each other within a band as in the whole table", () => {
  const words = Array.from({ length: 6 }, (_, length) =>
    Array.from({ length: 2 ** length }, (_each, bits) => (length === 0 ? "" : bits.toString(2).padStart(length, "0"))),
  ).flat();
  for (const a of words) {
    for (const b of words) {
      const whole = distance(a, b);
      for (const most of [1, 2]) assert.equal(distance(a, b, most), whole <= most ? whole : Number.POSITIVE_INFINITY);
    }
  }
});

test("the nearest candidate within two edits is offered, whatever its case", () => {
  assert.equal(closestWord("IPADRES", ["macAddress", "ipAddress"]), "ipAddress");
  assert.equal(closestWord("macAdress", ["ipAddress", "macAddress"]), "macAddress");
});

test("nothing is offered for a word that is far from all candidates", () => {
  assert.equal(closestWord("colour", ["ipAddress", "macAddress"]), undefined);
  assert.equal(closestWord("x", []), undefined);
});

test("a short candidate is not offered when every letter of it would have to change", () => {
  assert.equal(closestWord("zz", ["gw"]), undefined);
});

test("a named thing is asked for only when its name is nearer than those before", () => {
  const asked: string[] = [];
  const accepts = (name: string): boolean => {
    asked.push(name);
    return name !== "blues";
  };
  assert.equal(closestNamed("blue", ["green", "blues", "bluer", "bluely"], { nameOf: String, accepts }), "bluer");
  assert.deepEqual(asked, ["blues", "bluer"]);
});

test("the work of a comparison grows with the length of the words, and a long word is compared with none", () => {
  const spent = (word: string, name: string): number => {
    const budget = { cells: 1_000_000 };
    closestNamed(word, [name], { nameOf: String, accepts: () => true, budget });
    return 1_000_000 - budget.cells;
  };
  assert.equal(spent("a".repeat(64), "a".repeat(64)), 5 * 64);
  assert.ok(spent("a".repeat(64), "b".repeat(64)) <= 5 * 3);
  assert.equal(spent("a".repeat(65), "a".repeat(64)), 0);
  assert.equal(spent("a".repeat(64), "a".repeat(65)), 0);
  assert.equal(spent("abc", "abcdef"), 0);
});

test("nothing more is compared when the budget is spent", () => {
  const budget = { cells: 1_000 };
  let visited = 0;
  const names = Iterator.from({
    next: () => ({ done: (visited += 1) > 2_000, value: "a".repeat(64) }),
  });
  const word = "a".repeat(62);
  const find = () => closestNamed(word, names, { nameOf: String, accepts: () => false, budget });
  assert.equal(find(), undefined);
  assert.ok(visited < 10, `${visited} names`);
  assert.ok(budget.cells <= 0 && budget.cells > -5 * 64);
});
