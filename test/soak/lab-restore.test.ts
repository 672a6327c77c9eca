// `ovn4nfv restore` as an operator runs it, with its real times, while pods talk to each other.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { labPlace } from "#guides/lab-place.ts";
import type { GuidePlace } from "#guides/run-guide.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { describeLab } from "#lab/cluster/lab-state.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("a restore in a cluster of two nodes", { skip: whyLabCannotRun() }, () => {
  const folder = createTemporaryFolder("restore-in-lab");
  let stack: LabStack;
  let place: GuidePlace;
  before(async () => {
    stack = await LabStack.start();
    await stack.addLabNetworks();
    const shell = join(folder.path, "shell");
    mkdirSync(shell);
    place = await labPlace(describeLab(stack.lab), shell);
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
    folder.remove();
  });

  const run = async (command: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(command, args, { ...place, timeoutMs: 400_000 });
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const start = async (name: string, node: string): Promise<void> => {
    await stack.apply(labPod(name, { node, interfaces: [{ name: "plain" }] }));
    await stack.ready(name);
  };
  const addressOf = async (name: string): Promise<string> =>
    (await stack.result(name))[0]?.ip_address[0]?.replace(/\/.*/, "") ?? "";
  /** Sends five packets a second for as long as a restore takes, and gives the number of those that were lost. */
  const lost = async (from: string, to: string): Promise<number> => {
    const { stdout } = await stack.script(from, `ping -i 0.2 -c 450 ${await addressOf(to)}`);
    const [, sent = "", received = ""] = /(\d+) packets transmitted, (\d+) packets received/.exec(stdout) ?? [];
    return Number(sent) - Number(received);
  };

  it("takes the traffic of no pod that the backup has, and gives later pods their ports back", async () => {
    await Promise.all([start("old-1", "n1"), start("old-2", "n2"), start("gone", "n2")]);
    await run("ovn-nbctl", "ls-add", "by-hand");
    const made = await run("ovn4nfv", "backup", "-o", "json", folder.path);
    const [{ file } = { file: "" }] = JSON.parse(made) as readonly { readonly file: string }[];
    await Promise.all([start("late-1", "n1"), start("late-2", "n2"), stack.remove("gone")]);
    await run("ovn-nbctl", "ls-del", "by-hand");
    await stack.assertReaches("old-1", [await addressOf("old-2")]);
    await stack.assertReaches("late-1", [await addressOf("late-2")]);

    const began = performance.now();
    const [old, late, outcome] = await Promise.all([
      lost("old-1", "old-2"),
      lost("late-1", "late-2"),
      run("ovn4nfv", "restore", "--yes", "-o", "json", file).then((text) => {
        console.error(`the restore took ${Math.round(performance.now() - began)} ms: ${text.replaceAll(/\s+/g, " ")}`);
        return JSON.parse(text) as readonly { readonly restored: boolean; readonly findings: readonly unknown[] }[];
      }),
    ]);
    console.error(`of 450 packets ${old} between pods of the backup were lost, and ${late} between later ones`);
    assert.deepEqual([outcome[0]?.restored, outcome[0]?.findings], [true, []]);
    assert.equal(old, 0);
    assert.match(await run("ovn-nbctl", "ls-list"), /\(by-hand\)/);
    await run("ovn-nbctl", "ls-del", "by-hand");
    await start("new", "n1");
    await stack.assertReaches("new", [await addressOf("old-2"), await addressOf("late-2")]);
    await stack.assertSettled();
  });
});
