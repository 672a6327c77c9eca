import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readJson } from "#src/api/text/json-text.ts";
import { isRefusal } from "#src/core/errors.ts";

/** Reads the value; `undefined` stands for a refusal. */
function read(text: string): unknown {
  try {
    return readJson(text, "annotation");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

function oracle(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

describe("the JSON reader", () => {
  it("reads what JSON.stringify writes, to the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), fc.nat(3), (value, indent) => {
        // The value is compared, and not what JSON.parse makes of it: V8 13.6 loses a key of one escaped quote now and then.
        assert.equal(JSON.stringify(read(JSON.stringify(value, null, indent))), JSON.stringify(value));
      }),
    );
  });

  it("refuses what JSON.parse refuses", () => {
    const marks = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      '"a"',
      "\\",
      "1",
      "-",
      "0",
      ".5",
      "e3",
      "true",
      "null",
      " ",
      "\n",
      "\u0001",
    );
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 9 }), (parts) => {
        const text = parts.join("");
        const duplicate = /"a".*"a"/.test(text);
        if (!duplicate) assert.equal(JSON.stringify(read(text)), JSON.stringify(oracle(text)), text);
      }),
      { numRuns: 5000 },
    );
  });

  it("refuses a text with one character changed exactly when JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (text, at, mark) => {
        const index = at % text.length;
        const changed = text.slice(0, index) + mark + text.slice(index + 1);
        // V8 13.6 loses a key of one escaped quote now and then.
        fc.pre(!changed.includes('"\\""'));
        const value = read(changed);
        if (value !== undefined) assert.equal(JSON.stringify(value), JSON.stringify(oracle(changed)));
        else assert.ok(oracle(changed) === undefined || hasRepeatedKey(changed), changed);
      }),
      { numRuns: 2000 },
    );
  });
});

/** JSON.parse keeps one of two equal keys, so printing loses a colon that is not inside a string. */
function hasRepeatedKey(text: string): boolean {
  const colons = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length;
  return colons(JSON.stringify(JSON.parse(text))) < colons(text);
}
