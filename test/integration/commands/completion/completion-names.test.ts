import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";

test("names of networks and pods are completed from the database of the line or of the environment", async (t) => {
  const nb = await northboundWithSamples(t);
  const admitted = [
    "admit",
    "--nb",
    nb,
    "--no-dry-run",
    "--kubeconfig",
    "none",
    "-f",
    "deploy/samples/dual-stack.yaml",
  ];
  assert.equal((await runCommandLine(admitted)).status, 0);
  const words = async (typed: readonly string[], env: Readonly<Record<string, string>> = { OVN4NFV_NB: nb }) =>
    (await runCommandLine(["completion", "words", "--", ...typed], env)).stdout;
  assert.equal(await words(["networks", ""]), "blue\ngreen\n");
  assert.equal(await words(["addresses", "--nb", nb, "gr"], {}), "green\n");
  assert.equal(await words(["pods", "d"]), "dual-stack\n");
  assert.equal(await words(["pods", "-n", "elsewhere", "d"]), "");
});

test("where no database answers there are no names, and no error", async () => {
  const { status, stdout, stderr } = await runCommandLine(["completion", "words", "--", "networks", "bl"], {
    OVN4NFV_NB: "unix:/nowhere/nb.sock",
  });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
});
