import assert from "node:assert/strict";
import { test } from "node:test";
import { systemNamespace } from "#src/commands/system-namespace.ts";

const nowhere = "/nowhere/namespace";

test("the flag goes before the environment, and that before the pod's own", async () => {
  const env = { POD_NAMESPACE: "of-pod" };
  assert.equal(await systemNamespace({ systemNamespace: "given" }, { env }, nowhere), "given");
  assert.equal(await systemNamespace({ systemNamespace: undefined }, { env }, nowhere), "of-pod");
});

test("outside of a pod it is the usual one", async () => {
  assert.equal(await systemNamespace({ systemNamespace: undefined }, { env: {} }, nowhere), "ovn4nfv-system");
});
