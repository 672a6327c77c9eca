// Doctor reads from sockets, and from real OVN databases with two chassis.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { readEndpoint } from "#src/commands/doctor/read-endpoint.ts";
import { readOvn } from "#src/commands/doctor/read-ovn.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { until } from "#test/assertions/until.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const within = (ms: number) => ({ deadlineMs: systemClock.monotonicMs() + ms });

test("an endpoint is open, refused, absent, or silent until the deadline", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const tcp = `tcp:127.0.0.1:${address.port}`;
  const stateOf = async (endpoint: string, ms: number) => (await readEndpoint(endpoint, systemClock, within(ms))).state;
  assert.equal(await stateOf(tcp, 30_000), "open");
  assert.equal(await stateOf(tcp, 0), "silent");
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await stateOf(tcp, 30_000), "refused");
  assert.equal(await stateOf("unix:/nowhere/nb.sock", 30_000), "absent");
});

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms);

describe("doctor beside OVN over two chassis", { skip: whyNot }, () => {
  it("reads the version of northd, and distinguishes a chassis that answers, one whose ovn-controller is dead, and a northd that hangs", async () => {
    using folder = createTemporaryFolder("doctor");
    await using fabric = await OvnFabric.start(folder.path);
    const { nb, sb } = fabric.central;
    const place = {
      nb: { endpoints: [nb], leader: "prefer" as const },
      sb: [sb],
      clock: systemClock,
      logger: silentLogger,
    };
    const answering = async (ms: number): Promise<readonly string[]> => {
      const { chassis, northd } = await readOvn(place, within(ms));
      const isSeen = "value" in northd && /^\d+\.\d+/.test(northd.value.version ?? "") && northd.value.follows === true;
      if (!isSeen || !("value" in chassis)) return [JSON.stringify({ northd, chassis })];
      return chassis.value.flatMap(({ name, answers }) => (answers ? [name] : [])).sort();
    };
    // A chassis is in the Southbound database a moment after its ovn-controller runs, and so is the version of northd.
    await until(async () => (await answering(60_000)).join(" ") === "n1 n2");
    const [, second] = fabric.hosts;
    await second?.chassis.kill();
    assert.deepEqual(await answering(25_000), ["n1"]);
    await mustRun(ovnBinary("ovn-appctl"), ["-t", join(folder.path, "ovn", "northd.ctl"), "pause"]);
    const { northd } = await readOvn(place, within(10_000));
    assert.ok("value" in northd && northd.value.follows === false, JSON.stringify(northd));
  });
});

test("without a Southbound endpoint doctor says why chassis are not looked at", async () => {
  using folder = createTemporaryFolder("doctor-nb");
  await using central = await OvnCentral.start({ folder: folder.path, northd: false });
  const nb = { endpoints: [central.nb], leader: "any" as const };
  const { chassis } = await readOvn({ nb, sb: [], clock: systemClock, logger: silentLogger }, within(10_000));
  assert.deepEqual(chassis, {
    why: "it is not checked: no --sb endpoint is given",
    cure: "give --sb tcp:HOST:6642, or set OVN4NFV_SB",
  });
});
