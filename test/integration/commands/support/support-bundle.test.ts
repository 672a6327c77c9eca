import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { printPlainKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { reservePort } from "#tools/process/port.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("ovn4nfv support-bundle", () => {
  it("writes what can be had where neither cluster nor NB answers, and lists what could not be read", async () => {
    using folder = createTemporaryFolder("support");
    const kubeconfig = join(folder.path, "kubeconfig");
    writeFileSync(kubeconfig, printPlainKubeconfig(`http://127.0.0.1:${String(await reservePort())}`));
    const bundle = join(folder.path, "bundle");
    const flags = [`--kubeconfig=${kubeconfig}`, `--nb=unix:${folder.path}/nowhere.sock`, "--timeout=2s"];
    const { status, stdout, stderr } = await runCommandLine(["support-bundle", bundle, ...flags]);
    assert.equal(status, 0, stderr);
    const read = (file: string): string => readFileSync(join(bundle, file), "utf8");
    assert.match(stdout, /bundle: \d+ files, \d+ could not be read \(missing\.yaml\)/);
    assert.match(read("missing.yaml"), /file: cluster\/nodes\.yaml\n +why: .+/);
    assert.match(read("reports/version.json"), /"ovn4nfv"/);
    assert.ok(existsSync(join(bundle, "reports/doctor.json")));
  });

  it("never writes into a folder that is there", async () => {
    using folder = createTemporaryFolder("support");
    const { status, stderr } = await runCommandLine(["support-bundle", folder.path, "--kubeconfig=/no/such"]);
    assert.equal(status, 2);
    assert.match(stderr, /cannot be made/);
  });
});
