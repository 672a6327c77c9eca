// test/integration/cni/agent tests its work on a node.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";

async function run(...flags: readonly string[]) {
  const stderr = new PassThrough();
  const status = await runProgram(["agent", "--log-level", "fatal", ...flags], commandTable, {
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr,
    env: {},
    signal: new AbortController().signal,
    clock: systemClock,
    nodeVersion: "v24.0.0",
  });
  return { status, stderr: String((stderr.read() as Buffer | null) ?? "") };
}

test("a key or kubeconfig that cannot be read is an error before anything is opened", async () => {
  using folder = createTemporaryFolder("agent");
  const present = join(folder.path, "kubeconfig");
  writeFileSync(present, printKubeconfig("https://127.0.0.1:1", "", { token: "none" }));
  const key = await run("--kubeconfig", present, "--token-public-key-files", "/nowhere/token.pub");
  assert.equal(key.status, 2);
  assert.match(key.stderr, /\/nowhere\/token\.pub is not an Ed25519 public key/);
  const kubeconfig = await run("--kubeconfig", "/nowhere/config");
  assert.equal(kubeconfig.status, 2);
  assert.match(kubeconfig.stderr, /\/nowhere\/config cannot be read/);
});
