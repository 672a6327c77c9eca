import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("without a manifest, or without a pod in it, admit ends with status 2 and says what to do", async () => {
  const none = await runCommandLine(["admit"]);
  assert.deepEqual(
    [none.status, none.stderr],
    [2, "ovn4nfv: no manifest: name one with -f, or - for standard input\n"],
  );
  const service = await runCommandLine(["admit", "-f", "-"], {}, "kind: Service\n");
  assert.equal(service.status, 2);
  assert.equal(
    service.stderr,
    "standard input: a Service has no pods and is skipped\novn4nfv: no pod or workload in -\n",
  );
});

test("admit ends with status 1 when NB cannot be reached in time, dry run or not", async () => {
  for (const dryRun of ["--dry-run", "--no-dry-run"]) {
    const argv = [
      "admit",
      dryRun,
      "--kubeconfig",
      "none",
      "-f",
      "-",
      "--nb",
      "unix:/nowhere/nb.sock",
      "--timeout",
      "50ms",
    ];
    const { status, stdout } = await runCommandLine(argv, {}, "kind: Pod\nmetadata: {name: a}\n");
    assert.deepEqual([status, stdout], [1, ""]);
  }
});
