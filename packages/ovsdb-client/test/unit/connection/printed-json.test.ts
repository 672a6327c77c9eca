import assert from "node:assert/strict";
import { test } from "node:test";
import { PrintedJson, printParameters } from "../../../src/connection/printed-json.ts";

test("parameters that were printed before stand beside others as they are", () => {
  const text = printParameters(["DB", new PrintedJson('{"op":"insert"}'), { op: "commit" }]);
  assert.equal(text, '["DB",{"op":"insert"},{"op":"commit"}]');
});
