import assert from "node:assert/strict";
import { test } from "node:test";
import { isObeyed, visibleLines, visibleText } from "#src/commands/output/visible-text.ts";

test("what a terminal obeys is shown: escapes, C1, DEL, and marks that turn the direction", () => {
  assert.equal(visibleText("\u001b[31mred\u001b]8;;http://x\u0007"), "\\u001b[31mred\\u001b]8;;http://x\\u0007");
  assert.equal(visibleText("\u009b2J\u007f\u202e\u2066"), "\\u009b2J\\u007f\\u202e\\u2066");
  assert.equal(visibleText("ümlaut 日本 😀"), "ümlaut 日本 😀");
});

test("a text for one line has none of its own, and a text of lines keeps them", () => {
  assert.equal(visibleText("a\r\n\tb\u2028c"), "a b c");
  assert.equal(visibleLines("a\n\tb\rc\u001b"), "a\n\tb\\u000dc\\u001b");
  assert.deepEqual([isObeyed("a\n\tb"), isObeyed("a\rb")], [false, true]);
});
