import assert from "node:assert/strict";
import { test } from "node:test";
import { chassisCertificate } from "#src/commands/own-ovn/chassis-certificate.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("a node without a cluster gets no certificate, and is told why", async () => {
  assert.equal(await commandTable["chassis-certificate"]?.load(), chassisCertificate);
  const { status, stderr } = await runCommandLine(["chassis-certificate", "--once", "--kubeconfig", "none"]);
  assert.notEqual(status, 0);
  assert.match(stderr, /--kubeconfig none: this subcommand does its work in a cluster/);
});
