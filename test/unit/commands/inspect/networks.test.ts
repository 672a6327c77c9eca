import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("networks ends with status 1 and says why when NB cannot be reached in time", async () => {
  const argv = ["networks", "--nb", "unix:/nowhere/nb.sock", "--timeout", "50ms"];
  const { status, stdout, stderr } = await runCommandLine(argv);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^ovn4nfv: .*\/nowhere\/nb\.sock/);
});

test("networks ends with status 2 when an endpoint is malformed", async () => {
  assert.equal((await runCommandLine(["networks", "--nb", "http://example.org"])).status, 2);
});
