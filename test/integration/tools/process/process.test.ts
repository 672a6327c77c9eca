import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isRefusal } from "#src/core/errors.ts";
import { ManagedProcess, type ProcessSpec } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

function shell(folder: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { name: "the shell", command: "sh", args: ["-c", script], logFile: join(folder, "sh.log"), ...more };
}

const ready = untilLine(/^ready$/m);

describe("a managed process", () => {
  it("is started when its log has the line, and is gone after stop", async () => {
    using folder = createTemporaryFolder("test");
    const sleeper = await ManagedProcess.start(shell(folder.path, "echo ready; exec sleep 60", { ready }));
    const { pid } = sleeper;
    assert.ok(existsSync(`/proc/${pid}`));
    await sleeper.stop();
    assert.equal(existsSync(`/proc/${pid}`), false);
    assert.throws(() => sleeper.pid, /the shell is not running/);
  });

  it("does not take the line of an earlier run for its own", async () => {
    using folder = createTemporaryFolder("test");
    const flag = join(folder.path, "second");
    const script = `[ -e ${flag} ] || { touch ${flag}; echo ready; }; exec sleep 60`;
    const sleeper = await ManagedProcess.start(shell(folder.path, script, { ready, readyTimeoutMs: 6_000 }));
    await assert.rejects(sleeper.restart(), /is not ready after 6000 ms/);
  });

  it("quotes the end of the log when it ends too early", async () => {
    using folder = createTemporaryFolder("test");
    await assert.rejects(ManagedProcess.start(shell(folder.path, "echo no such flag; exit 3", { ready })), (error) => {
      assert.ok(error instanceof Error && !isRefusal(error));
      assert.match(error.message, /the shell ended before it was ready \(exit code 3\).*no such flag/s);
      return true;
    });
  });

  it("is killed when it ignores SIGTERM", async () => {
    using folder = createTemporaryFolder("test");
    const script = "trap '' TERM; echo ready; while :; do sleep 60; done";
    const stubborn = await ManagedProcess.start(shell(folder.path, script, { ready }));
    const exited = stubborn.exited();
    await stubborn.stop(100);
    assert.equal((await exited).signal, "SIGKILL");
  });

  it("stops also while it is frozen", async () => {
    using folder = createTemporaryFolder("test");
    const sleeper = await ManagedProcess.start(shell(folder.path, "echo ready; exec sleep 60", { ready }));
    sleeper.freeze();
    const state = () => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${sleeper.pid}/status`, "utf8"))?.[1];
    assert.equal(state(), "T");
    await sleeper.stop();
    assert.equal(sleeper.running, false);
  });

  for (const [how, signal] of [
    ["is interrupted", "SIGINT"],
    ["is killed", "SIGKILL"],
  ] as const) {
    it(`dies with us when our process ${how}`, async () => {
      using folder = createTemporaryFolder("test");
      const spec = JSON.stringify(shell(folder.path, "echo ready; exec sleep 60"));
      const script = `
        import { ManagedProcess } from "${new URL("../../../../tools/process/process.ts", import.meta.url).href}";
        import { untilLine } from "${new URL("../../../../tools/process/readiness.ts", import.meta.url).href}";
        const child = await ManagedProcess.start({ ...${spec}, ready: untilLine(/^ready$/m) });
        console.log(child.pid);
        setInterval(() => {}, 1000);`;
      const us = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const pid = Number(await new Promise((resolve) => us.stdout.once("data", resolve)));
      assert.ok(existsSync(`/proc/${pid}`));
      const exited = new Promise((resolve) => us.once("exit", resolve));
      us.kill(signal);
      await exited;
      await goneWithin(pid, 30_000);
    });
  }
});

/** Waits until the process is gone. init reaps an orphan and tells nobody, so this asks again, up to a deadline. */
async function goneWithin(pid: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) {
    assert.ok(performance.now() < deadline, `process ${pid} outlived us`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
