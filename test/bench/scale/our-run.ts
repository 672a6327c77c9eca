// The run with the product: pods come and go, its parts are killed, it starts anew, and ovn-northd joins.
import type { Progress } from "#tools/process/progress.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { readRaw, untilNothingToDo } from "../footprint/controller-restart.ts";
import { inTurn, sayFigures } from "../report.ts";
import { quantileMs, readBuckets, type Buckets } from "./admission-times.ts";
import { countRequests } from "./audit-counts.ts";
import { createDuringFaults } from "./faults.ts";
import { OurCluster } from "./our-cluster.ts";
import { createAgain, createAll, type LifeParts, type PodLife, releaseRate, warmUpPods } from "./pod-life.ts";
import { quantile } from "./pod-load.ts";
import { costs, fileMiB, readProcesses } from "./process-costs.ts";
import { namespaces } from "./scale-objects.ts";
import { churned, type ScaleSize } from "./scale-size.ts";
import { runWithNorthd } from "./with-northd.ts";

const portsEach = 2;

export async function runOurs(progress: Progress, size: ScaleSize) {
  await using cluster = await progress.during("ours: starting cluster and nodes", () => OurCluster.start(size));
  const { stack, load, watch } = cluster;
  const buckets: Buckets[] = [];
  const parts: LifeParts = {
    progress,
    size,
    kind: "ours",
    load,
    client: stack.client,
    afterOrder: async () => {
      buckets.push(await readBuckets(stack.replicas));
    },
  };
  await warmUpPods(parts);
  await watch.untilBound(0);
  const observed = await cluster.observed();
  const empty = { readings: readProcesses(observed), nbMiB: await compactedMiB(cluster) };
  buckets.push(await readBuckets(stack.replicas));
  const life = await createAll(parts);
  await progress.during("ours: until all ports are bound", () => watch.untilBound(portsEach * size.pods));
  const spent = costs(empty.readings, readProcesses(observed), size.pods);
  const nbMiB = await compactedMiB(cluster);
  const lag = bindLag(cluster, life);
  const { podsPerSecond } = life;
  sayFigures(progress, { podsPerSecond, bindLagP99Ms: quantile(lag, 0.99), nbFileMiB: nbMiB, ...spent });
  const releasedPerSecond = await releaseRate(parts);
  const requests = await countRequests(cluster.auditFolder, namespaces.going);
  const againPerSecond = await createAgain(parts);
  const [firstOrder, lastOrder] = [buckets.slice(0, 2), buckets.slice(-2)];
  const admission = { firstAdmissionP99Ms: between(firstOrder), lastAdmissionP99Ms: between(lastOrder) };
  sayFigures(progress, { releasedPerSecond, againPerSecond, ...admission });
  const faults = await createDuringFaults(cluster, parts);
  const stored = size.pods + faults.latenciesMs.length - faults.failures.length;
  for (const failure of new Set(faults.failures.map((text) => text.replace(/faults-\d+/g, "…")))) progress.say(failure);
  await progress.during("ours: until all ports are bound", () => watch.untilBound(portsEach * stored));
  await progress.during("ours: checking the invariants", () => stack.assertInvariants());
  const restart = await progress.during("ours: restarting the controller, and reading raw", () =>
    restartAgainstRaw(cluster, stored),
  );
  sayFigures(progress, {
    refused: faults.failures.length,
    restartSeconds: restart.ours,
    rawReadsSeconds: restart.theirs,
  });
  const withNorthd = await runWithNorthd(cluster, parts);
  return {
    life,
    spent,
    releasedPerSecond,
    againPerSecond,
    restart,
    figures: {
      ...admission,
      bindLagP50Ms: quantile(lag, 0.5),
      bindLagP99Ms: quantile(lag, 0.99),
      nbFileMiB: nbMiB,
      nbFileKiBPerPod: ((nbMiB - empty.nbMiB) * 1_024) / size.pods,
      webhookRequestsPerPodLife: requests.webhook.pods / churned(size),
      controllerRequestsPerPodLife: requests.controller.pods / churned(size),
      webhookOtherRequests: requests.webhook.others,
      controllerOtherRequests: requests.controller.others,
      refusedAtFaults: faults.failures.length,
      slowestAtFaultsMs: Math.max(...faults.latenciesMs),
      podsPerSecondAtFaults: faults.perSecond,
      ...withNorthd,
    },
  };
}

function between([from, to]: readonly Buckets[]): number {
  return from === undefined || to === undefined ? Number.NaN : quantileMs(from, to, 0.99);
}

/** The time from the reply to a create until both ports carry the pod's UID, as NB tells it. It may be before the reply. */
function bindLag({ watch }: OurCluster, { repliedAtMs }: PodLife): readonly number[] {
  return (["staying", "going"] as const).flatMap((prefix) =>
    repliedAtMs[prefix].map((atMs, n) => {
      const bound = watch.boundAtMs(namespaces[prefix], `${prefix}-${n}`) ?? Number.POSITIVE_INFINITY;
      return Math.max(0, bound - atMs);
    }),
  );
}

async function restartAgainstRaw(cluster: OurCluster, pods: number) {
  await Promise.all(cluster.controllers.map((one) => one.stop()));
  const restarted = await inTurn(
    2,
    async () => {
      const startMs = performance.now();
      const controller = await cluster.startController();
      await untilNothingToDo(controller, pods);
      const seconds = (performance.now() - startMs) / 1_000;
      await controller.stop();
      return seconds;
    },
    () => readRaw(cluster.load, cluster.nb.endpoints.join(",")),
  );
  cluster.controllers = [await cluster.startController(), await cluster.startController("serving")];
  return restarted;
}

/** The size of NB's file after compaction: what its rows need. */
async function compactedMiB({ nb }: OurCluster): Promise<number> {
  const { controlSocket, file } = await nb.leader();
  await mustRun(ovnBinary("ovs-appctl"), ["-t", controlSocket, "ovsdb-server/compact"], { timeoutMs: 120_000 });
  return fileMiB(file);
}
