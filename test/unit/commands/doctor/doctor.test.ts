import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("doctor ends with status 2 when the kubeconfig that was named is not there", async () => {
  const { status, stderr } = await runCommandLine(["doctor", "--kubeconfig", "/nowhere/kubeconfig"]);
  assert.equal(status, 2);
  assert.match(stderr, /\/nowhere\/kubeconfig cannot be read/);
});
