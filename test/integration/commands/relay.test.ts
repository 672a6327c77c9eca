import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startOvsdbRelay } from "#lab/ovn/ovsdb-relay.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { sampleFiles } from "#demo/samples.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { productFile } from "#tools/build/product-file.ts";

const cure = /is a relay.*name the servers behind it in its place/;

test("a command that reads takes a relay of NB, and one that allocates does not", async (t) => {
  const nb = await northboundWithSamples(t);
  await using relay = await startOvsdbRelay([nb]);
  const read = await runCommandLine(["networks", "--nb", relay.endpoint]);
  assert.deepEqual([read.status, read.stderr], [0, ""]);
  assert.match(read.stdout, /blue/);
  const sample = sampleFiles[0] ?? "";
  const more = ["--no-dry-run", "--kubeconfig", "none", "--timeout", "5s", "-f", sample];
  const wrote = await runCommandLine(["admit", "--nb", relay.endpoint, ...more]);
  assert.notEqual(wrote.status, 0);
  assert.match(wrote.stderr, /BackendUnavailable/);
});

test("a webhook that is given a relay is not ready, and says what to write in its place", async () => {
  await using server = await startOvsdbServer();
  await nbctl(server.endpoint, "init");
  await using relay = await startOvsdbRelay([server.endpoint]);
  using folder = createTemporaryFolder("relay");
  const flags = printFlags({
    nb: relay.endpoint,
    kubeconfig: "none",
    listen: "127.0.0.1:0",
    "operations-listen": "127.0.0.1:0",
  });
  await using webhook = new ManagedProcess({
    name: "webhook",
    command: process.execPath,
    args: [productFile, "webhook", ...flags],
    logFile: join(folder.path, "webhook.log"),
    ready: untilLine(cure),
  });
  await webhook.start();
});
