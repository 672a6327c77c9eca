import assert from "node:assert/strict";
import { test } from "node:test";
import { isJsonObject } from "#src/api/text/json-value.ts";

test("an object is an object, null and a list are not", () => {
  assert.ok(isJsonObject({}));
  for (const value of [null, [], "x", 1, true, undefined]) assert.ok(!isJsonObject(value));
});
