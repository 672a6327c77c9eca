import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { whyNotWired } from "#demo/two-machines.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { eventually } from "#test/stacks/webhooks/started-server.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

/** Starts `npm run demo` in a process group of its own, like a terminal, with all its folders below `folder`. */
function startDemo(folder: string) {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [join(root, "tools/start.mjs"), "demo"], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const heard: { readonly text: string; readonly resolve: () => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const { text: wanted, resolve } of heard) if (output.includes(wanted)) resolve();
  });
  const closed = once(child, "close").then(([code]) => code as number | null);
  return {
    pid: child.pid ?? 0,
    closed,
    output: () => output,
    says: (text: string) => new Promise<void>((resolve) => void heard.push({ text, resolve })),
  };
}

/** The command lines of processes that have the TMPDIR of the demo, on every made-up machine. */
function processesWith(folder: string): readonly string[] {
  return globSync("/proc/[0-9]*").flatMap((path) => {
    try {
      const line = readFileSync(`${path}/cmdline`, "utf8").replaceAll("\0", " ");
      return readFileSync(`${path}/environ`, "utf8").includes(`TMPDIR=${folder}\0`) && line !== "" ? [line] : [];
    } catch {
      return []; // it has ended meanwhile, or belongs to another user
    }
  });
}

test("the demo ends with its one line, and leaves neither process nor folder", async () => {
  using folder = createTemporaryFolder("d");
  const demo = startDemo(folder.path);
  assert.equal(await demo.closed, 0, demo.output());
  const last = demo.output().trimEnd().split("\n").at(-1);
  const why = whyNotWired();
  if (process.env["CI"] === "true") assert.equal(why, false);
  const wired = why === false ? "wired=2 ping=ok" : "wired=0 ping=skipped";
  assert.equal(last, `demo: ok pods=1006 addresses=2010 duplicates=0 refused=3 ${wired}`);
  if (why !== false) assert.ok(demo.output().includes(`left out: ${why}`));
  assert.deepEqual(readdirSync(folder.path), []);
  await untilNoneIsLeft(folder.path);
});

/** The kernel needs a moment until a killed process is gone, and no event tells us. */
async function untilNoneIsLeft(folder: string): Promise<void> {
  await eventually(() => (processesWith(folder).length === 0 ? true : undefined));
}

/** Interrupts the demo once it has said something, with at least so many programs of its own running. */
async function interruptAfter(text: string, programs: number): Promise<void> {
  using folder = createTemporaryFolder("d");
  const demo = startDemo(folder.path);
  await Promise.race([demo.says(text), demo.closed]);
  const running = processesWith(folder.path);
  assert.ok(running.length >= programs, `${running.join("\n")}\n${demo.output()}`);
  process.kill(-demo.pid, "SIGINT");
  assert.notEqual(await demo.closed, 0);
  assert.doesNotMatch(demo.output(), /demo: ok/);
  assert.deepEqual(readdirSync(folder.path), []);
  await untilNoneIsLeft(folder.path);
}

test("Ctrl-C in the middle of the burst leaves neither process nor folder", () => interruptAfter("a burst of", 2));

test("Ctrl-C while pods are wired leaves neither process, machine nor folder", { skip: whyNotRoot() }, () =>
  interruptAfter("wired-1 on n1", 12),
);
