// The same pods with ovn-northd and the Southbound database, which were not there before.
import { startNorthd } from "#lab/ovn/ovn-central.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";
import { ChassisStandIn } from "#test/fakes/ovn/chassis-stand-in.ts";
import { memoryMiB } from "../process-usage.ts";
import { createAgain, type LifeParts, releaseRate } from "./pod-life.ts";
import type { OurCluster } from "./our-cluster.ts";
import { fileMiB } from "./process-costs.ts";
import { chassisName } from "./scale-objects.ts";

const withinMs = 900_000;

export async function runWithNorthd(cluster: OurCluster, parts: LifeParts) {
  const { progress, size } = parts;
  const nb = cluster.nb.endpoints.join(",");
  using folder = createTemporaryFolder("northd");
  await using southbound = await startOvsdbServer({ database: "OVN_Southbound" });
  const names = Array.from({ length: size.nodes }, (_, n) => chassisName(n));
  await using chassis = await ChassisStandIn.start(southbound.endpoint, names);
  const startMs = performance.now();
  await using northd = await startNorthd(folder.path, nb, southbound.endpoint);
  await progress.during("ovn-northd: writing everything for the first time", (detail) => {
    const wanted = cluster.watch.ports;
    return until(() => {
      detail(`${chassis.claimed} of ${wanted} ports claimed`);
      return chassis.claimed >= wanted;
    }, withinMs);
  });
  const claimedMs = performance.now() - startMs;
  await progress.during("ovn-northd: settling", () => sync(nb));
  // The Southbound database gives back what the first transactions have used up: at 50,000 pods the machine has no memory left.
  await appctl(southbound.controlSocket, "ovsdb-server/memory-trim-on-compaction", "on");
  await appctl(southbound.controlSocket, "ovsdb-server/compact");
  const released = await releaseRate(parts, "again");
  const again = await createAgain(parts, "later");
  await sync(nb);
  await appctl(southbound.controlSocket, "ovsdb-server/compact");
  return {
    northdFirstSeconds: claimedMs / 1_000,
    podsPerSecondWithNorthd: again,
    releasedPerSecondWithNorthd: released,
    northdRssMiB: memoryMiB(northd.pid).now,
    sbRssMiB: memoryMiB(southbound.process.pid).now,
    sbFileMiB: fileMiB(southbound.file),
  };
}

async function appctl(controlSocket: string, ...words: readonly string[]): Promise<void> {
  await mustRun(ovnBinary("ovs-appctl"), ["-t", controlSocket, ...words], { timeoutMs: 300_000 });
}

async function sync(nb: string): Promise<void> {
  await mustRun(ovnBinary("ovn-nbctl"), [`--db=${nb}`, "--timeout=900", "--wait=sb", "sync"], { timeoutMs: withinMs });
}
