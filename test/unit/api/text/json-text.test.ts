import assert from "node:assert/strict";
import { it } from "node:test";
import { readJson } from "#src/api/text/json-text.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { refused } from "#test/assertions/refused.ts";

it("objects have no prototype, so that no key means more than itself", () => {
  const object = readJson('{"__proto__": {"a": 1}, "constructor": 2}', "f") as JsonObject;
  assert.equal(Object.getPrototypeOf(object), null);
  assert.deepEqual(Object.keys(object), ["__proto__", "constructor"]);
  assert.equal(({} as Record<string, unknown>)["a"], undefined);
});

it("a mistake is reported with line, column and the text around it", () => {
  const { code, field, reason } = refused(() => readJson('{"a": 1,\n "b" 2}', "f"));
  assert.equal(code, "Malformed");
  assert.equal(field, "f");
  assert.equal(reason, 'is not valid JSON: expected ":" at line 2, column 6, near `a": 1, "b" 2}`');
});

it("a text that stops too early is reported with its end", () => {
  assert.match(refused(() => readJson('{"a": [1', "f")).reason, /expected "," or "]" at its end, after `{"a": \[1`$/);
});

it("a key that stands twice is refused, which JSON.parse would not see", () => {
  assert.match(
    refused(() => readJson('{"a": 1, "\\u0061": 2}', "f")).reason,
    /the key "a" stands twice at line 1, column 10/,
  );
});

it("sixteen levels are read, seventeen refused, and twenty thousand do no harm", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.ok(Array.isArray(readJson(nested(16), "f")));
  for (const levels of [17, 20_000]) {
    assert.match(refused(() => readJson(nested(levels), "f")).reason, /more than 16 levels/);
  }
});

it("a text of more than 65,536 characters is refused", () => {
  assert.equal(readJson(`"${"x".repeat(65_534)}"`, "f"), "x".repeat(65_534));
  assert.match(refused(() => readJson(`"${"x".repeat(65_535)}"`, "f")).reason, /more than 65536 characters/);
});

it("an unfinished string, a bad escape and a raw control character are refused", () => {
  for (const text of ['"abc', '"\\x"', '"\\u12g4"', '"a\nb"']) {
    assert.match(refused(() => readJson(text, "f")).reason, /a string without its end, or a bad escape/, text);
  }
});

it("half a character at the edge of the snippet does not leave half a character in the message", () => {
  const text = `["${"\u{1F600}".repeat(6)}" x ${"\u{1F600}".repeat(9)}`;
  for (let cut = 1; cut < 4; cut += 1) {
    assert.ok(refused(() => readJson(" ".repeat(cut) + text.slice(0, 17 + cut), "f")).reason.isWellFormed());
  }
});
