import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cgroup } from "#lab/machine/cgroup.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

describe("a cgroup of the lab", { skip: whyNotRoot() }, () => {
  it("finds and ends what a process in it has started, and is gone", async () => {
    using folder = createTemporaryFolder("test");
    const cgroup = new Cgroup(`ovn4nfv-test-${process.pid}`);
    cgroup.create();
    const script = "trap 'sleep 60 & echo started' USR1; echo ready; while :; do sleep 0.05; done";
    const parent = await ManagedProcess.start({
      name: "parent",
      command: "sh",
      args: ["-c", script],
      logFile: `${folder.path}/log`,
      ready: untilLine(/^ready$/m),
    });
    cgroup.adopt(parent.pid);
    parent.signal("SIGUSR1");
    await untilLine(/^started$/m)({ logFile: parent.spec.logFile, logStart: 0 }, AbortSignal.timeout(30_000));
    const exited = parent.exited();
    assert.ok(Cgroup.find("ovn4nfv-test-").includes(cgroup.name));
    await cgroup.destroy();
    assert.equal((await exited).signal, "SIGKILL");
    assert.ok(!Cgroup.find("ovn4nfv-test-").includes(cgroup.name));
  });

  it("that does not exist is destroyed without an error", async () => {
    await new Cgroup(`ovn4nfv-test-none-${process.pid}`).destroy();
  });
});
