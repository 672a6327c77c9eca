import assert from "node:assert/strict";
import { test } from "node:test";
import { Interner } from "../../../src/values/interner.ts";
import { column } from "../../../src/values/table.ts";
import { decodeValue, defaultValue } from "../../../src/values/value-decoder.ts";

const string = column.string();
const decode = (spec: Parameters<typeof decodeValue>[0], wire: unknown): unknown =>
  decodeValue(spec, wire, new Interner());

test("each shape of column is read from each notation that RFC 7047 allows", () => {
  assert.equal(decode(string, "a"), "a");
  assert.equal(decode(string, ["set", ["a"]]), "a");
  assert.equal(decode(column.uuid(), ["uuid", "u"]), "u");
  assert.equal(decode(column.optional(string), ["set", []]), undefined);
  assert.equal(decode(column.optional(string), "a"), "a");
  assert.deepEqual(decode(column.set(string), "a"), ["a"]);
  assert.deepEqual(decode(column.set(string), ["set", ["a", "b"]]), ["a", "b"]);
  assert.deepEqual(decode(column.set(column.uuid()), ["uuid", "u"]), ["u"]);
  assert.deepEqual(
    decode(column.bigSet(column.uuid()), [
      "set",
      [
        ["uuid", "u"],
        ["uuid", "v"],
      ],
    ]),
    new Set(["u", "v"]),
  );
  const map = decode(column.map(string, column.integer()), [
    "map",
    [
      ["a", 1],
      ["b", 2],
    ],
  ]) as ReadonlyMap<string, number>;
  assert.deepEqual(
    [...map],
    [
      ["a", 1],
      ["b", 2],
    ],
  );
});

test("of a map only the keys that are kept are read", () => {
  const spec = column.map(string, string, { keep: ["b"] });
  const map = decode(spec, [
    "map",
    [
      ["a", "1"],
      ["b", "2"],
    ],
  ]) as ReadonlyMap<string, string>;
  assert.deepEqual([...map], [["b", "2"]]);
});

test("equal strings of maps and sets are kept once", () => {
  const interner = new Interner();
  const seen: string[] = [];
  const intern = interner.intern.bind(interner);
  interner.intern = (text) => {
    seen.push(text);
    return intern(text);
  };
  decodeValue(column.map(string, string), ["map", [["key", "value"]]], interner);
  decodeValue(column.set(string), ["set", ["value"]], interner);
  assert.deepEqual(seen, ["key", "value", "value"]);
});

test("a column that the server leaves out has the default of its type", () => {
  assert.equal(defaultValue(string), "");
  assert.equal(defaultValue(column.integer()), 0);
  assert.equal(defaultValue(column.boolean()), false);
  assert.equal(defaultValue(column.uuid()), "00000000-0000-0000-0000-000000000000");
  assert.equal(defaultValue(column.optional(string)), undefined);
  assert.deepEqual(defaultValue(column.set(string)), []);
  assert.deepEqual(defaultValue(column.bigSet(string)), new Set());
  assert.equal((defaultValue(column.map(string, string)) as ReadonlyMap<string, string>).size, 0);
});

test("a value of another shape is a fault of the protocol", () => {
  const wrong: readonly (readonly [Parameters<typeof decodeValue>[0], unknown])[] = [
    [string, ["set", ["a", "b"]]],
    [string, ["set", []]],
    [column.map(string, string), ["set", []]],
    [column.map(string, string), ["map", [["a"]]]],
    [column.set(string), { a: 1 }],
  ];
  for (const [spec, wire] of wrong) assert.throws(() => decode(spec, wire), { code: "ProtocolError" });
});
