import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { readOvnControllerVersion } from "#cni/agent/node/ovn-controller-version.ts";
import { systemClock } from "#src/core/clock.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { mustRun } from "#tools/process/command.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";

const read = (folder: string, ms = 10_000) =>
  readOvnControllerVersion(folder, systemClock, { deadlineMs: systemClock.monotonicMs() + ms });

test("a running ovn-controller says its version, also beside the socket of one that was killed", {
  skip: whyProgramsAreMissing(chassisPrograms),
}, async () => {
  using folder = createTemporaryFolder("ovn-version");
  await using server = await startOvsdbServer({ database: "Open_vSwitch" });
  await mustRun(ovnBinary("ovs-vsctl"), [`--db=${server.endpoint}`, "--no-wait", "init"]);
  const controller = new ManagedProcess({
    name: "ovn-controller",
    command: ovnBinary("ovn-controller"),
    args: ["-vsyslog:off", "-vfile:off", server.endpoint],
    env: { ...process.env, OVN_RUNDIR: folder.path, OVS_RUNDIR: folder.path },
    logFile: join(folder.path, "log"),
  });
  const sockets = () => readdirSync(folder.path).filter((name) => name.endsWith(".ctl")).length;
  await controller.start();
  await until(() => sockets() === 1);
  await controller.kill();
  await controller.start();
  await until(() => sockets() === 2);
  try {
    const version = await read(folder.path);
    const said = await mustRun(ovnBinary("ovn-controller"), ["--version"]);
    assert.match(version ?? "", /^\d+\.\d+/);
    assert.ok(said.startsWith(`ovn-controller ${version ?? "-"}\n`), said);
  } finally {
    await controller.stop();
  }
});

test("where nobody answers, or nobody is, the version is not known", async (t) => {
  using folder = createTemporaryFolder("ovn-version");
  assert.equal(await read(join(folder.path, "nowhere")), undefined);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(join(folder.path, "ovn-controller.1.ctl"), resolve));
  t.after(() => silent.close());
  assert.equal(await read(folder.path, 50), undefined);
});
