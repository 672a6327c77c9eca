import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

/** Checks that a wrong command is refused before the cluster is asked. test/integration/tokens runs the other cases. */
const refused = async (words: readonly string[], message: RegExp) => {
  const { status, stdout, stderr } = await runCommandLine(["keys", ...words, "--kubeconfig=none"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, message);
};

describe("ovn4nfv keys", () => {
  it("knows three words, and names them for any other", async () => {
    await refused(["twist"], /keys twist: write list, rotate, or revoke KID/);
    await refused(["constructor"], /write list, rotate, or revoke KID/);
  });

  it("asks for the key that is to be revoked before it looks for a cluster", async () => {
    await refused(["revoke"], /keys revoke: name the key; `ovn4nfv keys` lists them/);
  });

  it("needs a cluster, because the keys are there", async () => {
    for (const word of ["list", "rotate"]) await refused([word], /--kubeconfig none: the keys are in a cluster/);
  });
});
