import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnum, valueParsers } from "#src/core/config-values.ts";

type Kind = keyof typeof valueParsers;

const good: readonly (readonly [Kind, string, unknown])[] = [
  ["string", " as typed ", " as typed "],
  ["bool", "true", true],
  ["bool", "Off", false],
  ["int", "-12", -12],
  ["duration", "0", 0],
  ["duration", "500ms", 500],
  ["duration", "1h30m", 5_400_000],
  ["duration", "1.5s", 1_500],
  ["size", "4096", 4_096],
  ["size", "3MiB", 3_145_728],
  ["list", " a, b,,c ", ["a", "b", "c"]],
  ["list", "", []],
  ["address", ":9443", { host: "::", port: 9_443 }],
  ["address", "127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["address", "[::1]:65535", { host: "::1", port: 65_535 }],
  ["address", "[192.0.2.1]:9440", { host: "192.0.2.1", port: 9_440 }],
];

const bad: readonly (readonly [Kind, string])[] = [
  ["bool", "maybe"],
  ["int", "1.5"],
  ["int", "1e3"],
  ["int", "1234567890123456"],
  ["duration", "30"],
  ["duration", "30 s"],
  ["duration", "-1s"],
  ["duration", "9999999999999999999d"],
  ["size", "3MB"],
  ["size", "999999999999999GiB"],
  ["address", "9443"],
  ["address", "::1:9443"],
  ["address", "localhost:65536"],
];

for (const [kind, text, value] of good) {
  test(`the ${kind} ${JSON.stringify(text)} is understood`, () => {
    assert.deepEqual(valueParsers[kind](text), { ok: true, value });
  });
}

for (const [kind, text] of bad) {
  test(`the ${kind} ${JSON.stringify(text)} is refused, with what was expected`, () => {
    const parsed = valueParsers[kind](text);
    assert.equal(parsed.ok, false);
    assert.match(parsed.expected, /^(a|true|host|one) ?/);
  });
}

test("an enum takes its own values only, in their own case", () => {
  assert.deepEqual(parseEnum("any", ["prefer", "any"]), { ok: true, value: "any" });
  assert.deepEqual(parseEnum("Any", ["prefer", "any"]), { ok: false, expected: "one of prefer, any" });
});
