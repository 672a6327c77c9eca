import assert from "node:assert/strict";
import { test } from "node:test";
import { type AtomKind, decodeAtom, encodeAtom, namedUuid } from "../../../src/values/atom.ts";

const uuid = "550e8400-e29b-41d4-a716-446655440000";

/** Types, values, and their JSON in RFC 7047 section 5.1. */
const notation: readonly (readonly [AtomKind, unknown, string])[] = [
  ["string", "", '""'],
  ["string", 'q"ü', '"q\\"ü"'],
  ["integer", 0, "0"],
  ["integer", -42, "-42"],
  ["integer", Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ["real", 1.5, "1.5"],
  ["boolean", true, "true"],
  ["uuid", uuid, `["uuid","${uuid}"]`],
];

for (const [kind, value, text] of notation) {
  test(`the ${kind} ${String(value)} is written ${text} and read back`, () => {
    assert.equal(JSON.stringify(encodeAtom(kind, value, "f")), text);
    assert.equal(decodeAtom(kind, JSON.parse(text)), value);
  });
}

test("a bigint is written as a plain number, exactly", () => {
  assert.equal(JSON.stringify([encodeAtom("integer", 9_223_372_036_854_775_807n, "f")]), "[9223372036854775807]");
  assert.equal(decodeAtom("integer", 9_223_372_036_854_775_807n), 9_223_372_036_854_775_807n);
});

test("a named UUID refers to an insert of the same transaction", () => {
  assert.deepEqual(encodeAtom("uuid", namedUuid("p1"), "f"), ["named-uuid", "p1"]);
});

test("a value of another type is a defect of the caller, named by its field", () => {
  const wrong: readonly (readonly [AtomKind, unknown])[] = [
    ["string", 1],
    ["integer", 1.5],
    ["integer", 2 ** 53],
    ["integer", 2n ** 63n],
    ["real", Infinity],
    ["boolean", "true"],
    ["uuid", 7],
  ];
  for (const [kind, value] of wrong) {
    assert.throws(() => encodeAtom(kind, value, "T.c"), { code: "InvalidUse", message: /^T\.c: / });
  }
});

test("a value of another type from the server is a fault of the protocol", () => {
  const wrong: readonly (readonly [AtomKind, unknown])[] = [
    ["string", null],
    ["integer", 2 ** 53],
    ["integer", "1"],
    ["real", "1"],
    ["boolean", 0],
    ["uuid", uuid],
    ["uuid", ["named-uuid", "x"]],
  ];
  for (const [kind, value] of wrong) assert.throws(() => decodeAtom(kind, value), { code: "ProtocolError" });
});
