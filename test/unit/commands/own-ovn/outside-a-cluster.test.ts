import assert from "node:assert/strict";
import { test } from "node:test";
import { chassisCertificate } from "#src/commands/own-ovn/chassis-certificate.ts";
import { ovnCertificates } from "#src/commands/own-ovn/ovn-certificates.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("the commands of our own OVN are in the table", async () => {
  assert.equal(await commandTable["ovn-certificates"]?.load(), ovnCertificates);
  assert.equal(await commandTable["chassis-certificate"]?.load(), chassisCertificate);
});

for (const name of ["ovn-certificates", "chassis-certificate"]) {
  test(`${name} says that it does its work in a cluster`, async () => {
    const { status, stderr } = await runCommandLine([name, "--kubeconfig", "none"]);
    assert.notEqual(status, 0);
    assert.match(stderr, /--kubeconfig none: this subcommand does its work in a cluster/);
  });
}
