import assert from "node:assert/strict";
import { test } from "node:test";
import { compactMap } from "../../../src/values/compact-map.ts";
import { type ColumnSpec, column } from "../../../src/values/table.ts";
import { encodeMutation, encodeValue } from "../../../src/values/value-encoder.ts";

const string = column.string();
const map = column.map(string, column.integer());

/** Columns, values, and their notation in RFC 7047 section 5.1. */
const notation: readonly (readonly [ColumnSpec, unknown, unknown])[] = [
  [string, "a", "a"],
  [column.optional(string), undefined, ["set", []]],
  [column.optional(string), "a", "a"],
  [column.set(string), ["a"], ["set", ["a"]]],
  [column.bigSet(column.uuid()), new Set(["u"]), ["set", [["uuid", "u"]]]],
  [map, { a: 1 }, ["map", [["a", 1]]]],
  [map, new Map([["a", 1]]), ["map", [["a", 1]]]],
  [map, compactMap([["a", 1]]), ["map", [["a", 1]]]],
];

for (const [spec, value, wire] of notation) {
  test(`a column of shape ${spec.shape} is written ${JSON.stringify(wire)}`, () => {
    assert.deepEqual(encodeValue(spec, value, "f"), wire);
    assert.deepEqual(encodeMutation(spec, value, "f"), wire);
  });
}

test("the mutation of a map also takes keys alone", () => {
  assert.deepEqual(encodeMutation(map, ["a", "b"], "f"), ["set", ["a", "b"]]);
  assert.deepEqual(encodeMutation(map, new Set(["a"]), "f"), ["set", ["a"]]);
});

test("a value of another shape is a defect of the caller, never an empty set", () => {
  const wrong: readonly (readonly [ColumnSpec, unknown])[] = [
    [column.set(string), "abc"],
    [column.set(string), 1],
    [map, ["a"]],
    [map, undefined],
    [map, { a: "1" }],
    [string, undefined],
  ];
  for (const [spec, value] of wrong)
    assert.throws(() => encodeValue(spec, value, "T.c"), { code: "InvalidUse", message: /^T\.c/ });
});
