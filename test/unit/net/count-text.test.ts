import assert from "node:assert/strict";
import { test } from "node:test";
import { printCount } from "#src/net/count-text.ts";

test("a count is written in digits, and a large one as a power of two", () => {
  assert.deepEqual([0n, 253n, 999_999_999n, 2n ** 64n - 2n].map(printCount), ["0", "253", "999999999", "~2^64"]);
});
