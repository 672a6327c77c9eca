import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { MachineLock } from "#tools/process/machine-lock.ts";

const module = JSON.stringify(new URL("../../../../tools/process/machine-lock.ts", import.meta.url));

describe("the machine lock", () => {
  it("is held by one at a time, and by the next after release", async () => {
    const name = `test/${process.pid}/a`;
    const first = await MachineLock.acquire(name);
    assert.equal(await MachineLock.tryAcquire(name), undefined);
    assert.equal(await MachineLock.holder(name), process.pid);
    const told: string[] = [];
    const second = MachineLock.acquire(name, (pid) => {
      told.push(pid);
      first.release();
    });
    (await second).release();
    assert.equal(await MachineLock.holder(name), undefined);
    assert.deepEqual(told, [String(process.pid)]);
  });

  it("is free when its holder was killed", async () => {
    const name = `test/${process.pid}/b`;
    const script = `
      import { MachineLock } from ${module};
      await MachineLock.acquire(${JSON.stringify(name)});
      console.log("held");
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const lock = await MachineLock.acquire(name, (pid) => {
      assert.equal(pid, String(holder.pid));
      holder.kill("SIGKILL");
    });
    lock.release();
  });
});
