import assert from "node:assert/strict";
import { test } from "node:test";
import { compatibility, isVersionAtLeast } from "#src/commands/doctor/compatibility.ts";

test("versions are compared part by part, as numbers", () => {
  assert.equal(isVersionAtLeast("1.34.4", "1.30"), true);
  assert.equal(isVersionAtLeast("v1.9.9", "1.30"), false);
  assert.equal(isVersionAtLeast("23.03.1-20.27.0-70.6", "22.03"), true);
  assert.equal(isVersionAtLeast("1.30", "1.30.1"), false);
  assert.equal(isVersionAtLeast("unknown", "1.30"), undefined);
});

test("what was tried is never older than what is asked for", () => {
  for (const { title, from, tried } of Object.values(compatibility)) assert.ok(isVersionAtLeast(tried, from), title);
});
