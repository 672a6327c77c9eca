import assert from "node:assert/strict";
import { test } from "node:test";
import { readTapTargets } from "#src/commands/flags/tap-targets.ts";

test("targets of taps are prefixes, and a text that is none is named", () => {
  assert.equal(readTapTargets(["192.0.2.0/24", "2001:db8::/32"]).length, 2);
  assert.throws(() => readTapTargets(["192.0.2.1"]), /--tap-targets: "192\.0\.2\.1" is no prefix/);
});
