import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printSafeJson } from "#src/view/live/safe-json.ts";

test("what is printed has no markup and one line, and says the same", () => {
  const hostile = "</script><img src=x onerror=alert(1)>\u2028&amp;\n";
  const text = printSafeJson({ message: hostile });
  assert.doesNotMatch(text, /[<>&\u2028\n]/);
  assert.deepEqual(JSON.parse(text), { message: hostile });
});

test("any text comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(JSON.parse(printSafeJson(text)), text);
    }),
  );
});
