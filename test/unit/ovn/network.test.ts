import assert from "node:assert/strict";
import { test } from "node:test";
import { includesNamespace } from "#src/ovn/network.ts";

test("a list of names has the namespaces that it names, and * has all", () => {
  const names = new Set(["default", "telco"]);
  assert.deepEqual(
    ["default", "telco", "tel", ""].map((namespace) => includesNamespace(names, namespace)),
    [true, true, false, false],
  );
  assert.equal(includesNamespace("*", "any"), true);
  assert.equal(includesNamespace(new Set(), "*"), false);
});
