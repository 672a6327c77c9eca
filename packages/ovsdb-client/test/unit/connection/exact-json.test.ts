import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExactJson } from "../../../src/connection/exact-json.ts";

test("integers that a number holds are numbers, others bigints", () => {
  assert.deepEqual(parseExactJson('{"a":9007199254740991,"b":9007199254740993,"c":[-9223372036854775808, 1e3]}'), {
    a: 9_007_199_254_740_991,
    b: 9_007_199_254_740_993n,
    c: [-9_223_372_036_854_775_808n, 1_000],
  });
});

test("long digits in strings and reals stay what they are", () => {
  const value = { a: " 1234567890123456789", b: ":99999999999999999999", c: 1234567890123456.5, d: 1e300 };
  assert.deepEqual(parseExactJson(JSON.stringify(value)), value);
});

test("what is not JSON is a fault of the protocol", () => {
  assert.throws(() => parseExactJson("{"), { code: "ProtocolError" });
  assert.throws(() => parseExactJson("[1234567890123456789"), { code: "ProtocolError" });
});
