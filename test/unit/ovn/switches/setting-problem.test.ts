import assert from "node:assert/strict";
import { test } from "node:test";
import { requiredSetting, SettingProblem } from "#src/ovn/switches/setting-problem.ts";

test("a value that can be read is passed on, and one that cannot is reported with its key and text", () => {
  assert.equal(requiredSetting(0, "mtu", "0", "a number"), 0);
  assert.throws(
    () => requiredSetting(undefined, "mtu", "x", "a number"),
    new SettingProblem('has mtu="x", which is not a number'),
  );
});
