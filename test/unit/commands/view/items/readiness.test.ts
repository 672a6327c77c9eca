import assert from "node:assert/strict";
import { test } from "node:test";
import { given, viewKeyIf, viewKey, readinessOf } from "#src/commands/view/items/readiness.ts";

test("the words of the inspecting subcommands become what the page shows", () => {
  assert.deepEqual(readinessOf("True", ""), { ready: "yes" });
  assert.deepEqual(readinessOf("Unknown", "nobody has looked"), { ready: "unknown", message: "nobody has looked" });
  assert.deepEqual(readinessOf("InUse", "pods use it"), { ready: "no", reason: "InUse", message: "pods use it" });
});

test("what has no name has no key, and a field without a value is left out", () => {
  assert.equal(viewKey("pod", "shop", "web"), "pod/shop/web");
  assert.equal(viewKeyIf("network", ""), undefined);
  assert.deepEqual({ ...given("network", viewKeyIf("network", undefined)), ...given("mtu", 0) }, { mtu: 0 });
});
