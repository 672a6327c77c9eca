import assert from "node:assert/strict";
import { test } from "node:test";
import { ovnCertificates } from "#src/commands/own-ovn/ovn-certificates.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("the keeper of certificates says that it does its work in a cluster", async () => {
  assert.equal(await commandTable["ovn-certificates"]?.load(), ovnCertificates);
  const { status, stderr } = await runCommandLine(["ovn-certificates", "--kubeconfig", "none"]);
  assert.notEqual(status, 0);
  assert.match(stderr, /--kubeconfig none: this subcommand does its work in a cluster/);
});
