import assert from "node:assert/strict";
import { test } from "node:test";
import { compactMap } from "../../../src/values/compact-map.ts";
import { applyDifference, bigSetDelta, deltaBetween, equalValues } from "../../../src/monitor/difference.ts";
import { Interner } from "../../../src/values/interner.ts";
import { column } from "../../../src/values/table.ts";

const string = column.string();
const strings = column.map(string, string, { keep: ["a", "b", "c"] });
const interner = new Interner();

test("the difference of a set adds what is not there and removes what is", () => {
  const spec = column.set(string);
  assert.deepEqual(applyDifference(spec, ["a", "b"], ["set", ["b", "c"]], interner), ["a", "c"]);
  const many = Array.from({ length: 100 }, (_, i) => `m${i}`);
  const wire = ["set", ["m0", "new", "m99"]];
  assert.deepEqual(applyDifference(spec, many, wire, interner), [...many.slice(1, 99), "new"]);
});

test("the difference of a map adds and changes entries, and removes those that come as they are", () => {
  const old = compactMap([
    ["a", "1"],
    ["b", "2"],
  ]);
  const wire = [
    "map",
    [
      ["a", "1"],
      ["b", "3"],
      ["c", "4"],
    ],
  ];
  const next = applyDifference(strings, old, wire, interner) as Map<string, string>;
  assert.deepEqual(
    [...next],
    [
      ["b", "3"],
      ["c", "4"],
    ],
  );
  const last = applyDifference(strings, next, ["map", [["b", "3"]]], interner) as Map<string, string>;
  assert.deepEqual([...last], [["c", "4"]]);
});

test("a difference in keys that are not kept changes nothing", () => {
  const old = compactMap([["a", "1"]]);
  assert.equal(applyDifference(strings, old, ["map", [["other", "1"]]], interner), old);
});

test("the difference of a column of at most one value is the new value", () => {
  assert.equal(applyDifference(string, "a", "b", interner), "b");
  assert.equal(applyDifference(column.optional(string), "a", ["set", []], interner), undefined);
});

test("the difference of a big set is told and not made", () => {
  const spec = column.bigSet(string);
  const old = new Set(["a", "b"]);
  assert.deepEqual(bigSetDelta(spec, old, ["set", ["b", "c"]], interner), { added: ["c"], removed: ["b"] });
  assert.deepEqual(old, new Set(["a", "b"]));
  assert.deepEqual(deltaBetween(old, new Set(["b", "d"])), { added: ["d"], removed: ["a"] });
});

test("values are equal whatever the order of their elements", () => {
  assert.ok(equalValues(column.set(string), ["a", "b"], ["b", "a"]));
  assert.ok(!equalValues(column.set(string), ["a", "b"], ["a", "c"]));
  assert.ok(!equalValues(column.set(string), ["a"], ["a", "c"]));
  assert.ok(equalValues(column.bigSet(string), new Set(["a"]), new Set(["a"])));
  assert.ok(!equalValues(column.bigSet(string), new Set(["a"]), new Set(["b"])));
  assert.ok(
    equalValues(
      strings,
      compactMap([
        ["a", "1"],
        ["b", "2"],
      ]),
      compactMap([
        ["b", "2"],
        ["a", "1"],
      ]),
    ),
  );
  assert.ok(!equalValues(strings, compactMap([["a", "1"]]), compactMap([["a", "2"]])));
  assert.ok(!equalValues(strings, compactMap([["a", "1"]]), compactMap([["b", "1"]])));
  assert.ok(equalValues(column.optional(string), undefined, undefined));
  assert.ok(!equalValues(column.integer(), 1, 2n));
});
