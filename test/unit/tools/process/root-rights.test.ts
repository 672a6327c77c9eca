import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNotRoot } from "#tools/process/root-rights.ts";

test("a test that needs root is skipped for other users, but not in CI", () => {
  assert.equal(whyNotRoot(0, {}), false);
  assert.match(String(whyNotRoot(1_000, {})), /need root/);
  assert.equal(whyNotRoot(1_000, { CI: "true" }), false);
});
