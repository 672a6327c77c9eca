// `npm run bench -- release`: measures how the controller releases pods that have ended, against the bare patches.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import type { Progress } from "#tools/process/progress.ts";
import { emptySwitch } from "../baseline/bare-transactions.ts";
import { ControllerBench, loggedAtMs } from "./controller-bench.ts";
import { type BenchReport, inTurn, rounded } from "../report.ts";
import { completePods, finalizerPatch, storePods } from "./stored-pods.ts";

const pods = 1_000;
const rounds = 3;
const limitMs = 120_000;
/** The default of --lease-duration. */
const leaseMs = 15_000;

export async function benchRelease(progress: Progress): Promise<BenchReport> {
  const durable = await progress.during("etcd that syncs to the disk", () => beside(progress, true));
  const unsynced = await progress.during("etcd that does not sync", () => beside(progress, false));
  return {
    name: "release",
    ratios: rounded({ toBareFinalizerPatches: durable.ratio, toBareFinalizerPatchesNoSync: unsynced.ratio }),
    figures: rounded({
      podsPerSecond: durable.ours,
      barePatchesPerSecond: durable.theirs,
      podsPerSecondNoSync: unsynced.ours,
      barePatchesPerSecondNoSync: unsynced.theirs,
      failOverSeconds: durable.failOverMs / 1000,
      failOverBeyondLeaseSeconds: (durable.failOverMs - leaseMs) / 1000,
    }),
  };
}

/** Measures beside a control plane of its own. `durable`: its etcd syncs to the disk, as NB does. */
async function beside(progress: Progress, durable: boolean) {
  await using bench = await progress.during("starting the control plane", () => ControllerBench.open({ durable }));
  let round = 0;
  const prepare = async (name: string) => {
    round += 1;
    const stored = await storePods(bench.store, `${name}-${round}`, pods);
    await completePods(bench.store, stored);
    return stored;
  };
  const rates = await progress.during(`releasing ${pods} pods`, () =>
    inTurn(
      rounds,
      async () => {
        await prepare("ours");
        return released(bench);
      },
      async () => {
        const stored = await prepare("bare");
        const { ms } = await bench.store.requests.send(stored.map(finalizerPatch));
        for (const uuid of bench.store.switches.values()) await emptySwitch(bench.store.nb, uuid);
        return pods / (ms / 1000);
      },
    ),
  );
  return { ...rates, failOverMs: await progress.during("killing a leader", () => failOverMs(bench)) };
}

/** Pods a second, from the moment when a controller leads until the last pod has lost its label. */
async function released(bench: ControllerBench): Promise<number> {
  const controller = bench.controller();
  const last = unlabelled(bench.plane, pods);
  await controller.start();
  const endMs = await last;
  const startMs = loggedAtMs(controller, "became the leader");
  await controller.stop();
  return pods / ((endMs - startMs) / 1000);
}

/** The time from the death of a leader, while pods end, until the next leader has released the first of them. */
async function failOverMs(bench: ControllerBench): Promise<number> {
  const leader = bench.controller({ lease: "shared" });
  const next = bench.controller({ lease: "shared", ready: "controller serving" });
  await leader.start();
  await next.start();
  const stored = await storePods(bench.store, "fail-over", 10);
  const first = unlabelled(bench.plane, 1);
  await leader.kill();
  const startMs = Date.now();
  await completePods(bench.store, stored);
  const endMs = await first;
  await next.stop();
  return endMs - startMs;
}

/**
 * The time at which that many pods have lost their label. An informer goes on when the API server ends a watch that is
 * too slow.
 */
async function unlabelled(plane: ControlPlane, wanted: number): Promise<number> {
  const config = loadKubeConfig({ path: plane.adminKubeconfig });
  const metrics = createMetrics();
  const parts = { clock: systemClock, logger: silentLogger, metrics };
  const client = new HttpsApiClient({ config, ...parts, userAgent: "bench" });
  const labelled = new Informer({
    name: "bench",
    client,
    ...parts,
    resource: resources.pods,
    labelSelector: annotationKeys.allocation.key,
    project: ({ metadata }) => metadata.name,
    indexers: {},
  });
  const running = new AbortController();
  let left = wanted;
  const end = Promise.withResolvers<number>();
  const cancel = systemClock.after(limitMs, () => {
    end.reject(new Error(`${left} of ${wanted} pods were not released in ${limitMs} ms`));
  });
  labelled.addHandler({
    deleted() {
      left -= 1;
      if (left === 0) end.resolve(Date.now());
    },
  });
  const informing = labelled.run(running.signal);
  try {
    return await end.promise;
  } finally {
    cancel();
    running.abort();
    await informing;
    client.close();
  }
}
