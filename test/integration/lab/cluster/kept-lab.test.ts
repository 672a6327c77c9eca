// `npm run lab` as users call it: up, a look, and down.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { labLockName, removeLeftovers, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { root } from "#tools/source-files.ts";
import { betweenLabs, tracesOfLabs } from "#test/assertions/lab-traces.ts";

const labCommand = (...args: readonly string[]): Promise<CommandResult> =>
  runCommand("npm", ["run", "--silent", "lab", "--", ...args], { cwd: root, timeoutMs: 300_000 });

/** Brings the lab up. Another test may get the machine's one lab first; then it waits and tries again. */
async function bringUp(): Promise<CommandResult> {
  for (;;) {
    await MachineLock.whileHeld(labLockName, () => {});
    const result = await labCommand();
    if (!/has a lab of its own/.test(result.stderr)) return result;
  }
}

test("npm run lab brings a cluster up, and npm run lab -- down leaves nothing behind", {
  skip: whyLabCannotRun(),
}, async () => {
  const before = await betweenLabs(async () => {
    await removeLeftovers();
    return tracesOfLabs();
  });
  try {
    const up = await bringUp();
    assert.equal(up.code, 0, up.stderr);
    assert.match(up.stdout, /The lab is up/);
    const [, kubeconfig = "", enter = ""] = /^KUBECONFIG=(\S+)\n.*`(nsenter \S+)`/m.exec(up.stdout) ?? [];
    const direct = await runCommand("sh", ["-c", `${enter} curl --silent --insecure https://192.0.2.1:6443/version`]);
    assert.match(direct.stdout, /gitVersion/, direct.stderr);
    assert.match(readFileSync(kubeconfig, "utf8"), /192\.0\.2\.1:6443/);
    const product = await labCommand("ovn4nfv", "doctor", "-o", "json");
    assert.match(product.stdout, /"check": "northbound",\s+"health": "ok"/, product.stderr);
    const nodes = await labCommand("kubectl", "get", "nodes", "--no-headers");
    assert.match(nodes.stdout, /n1 +Ready[^]*n2 +Ready/);
    const shown = await labCommand("shell", "-c", "ovn4nfv networks; ovn-nbctl show");
    assert.equal(shown.code, 0, shown.stderr);
  } finally {
    const down = await labCommand("down");
    assert.equal(down.code, 0, down.stderr);
  }
  assert.deepEqual(await betweenLabs(tracesOfLabs), before);
  const again = await labCommand("down");
  assert.deepEqual([again.code, again.stderr.trim()], [0, "no lab is up"]);
});
