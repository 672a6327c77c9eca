// The controller's part of `npm run bench -- footprint`: its memory with 20,000 pods, and its time to find nothing to do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import type { Progress } from "#tools/process/progress.ts";
import { ControllerBench, operationsPort } from "../release/controller-bench.ts";
import { memoryMiB } from "../process-usage.ts";
import { inTurn, median } from "../report.ts";
import { storePods } from "../release/stored-pods.ts";

const pods = 20_000;
const rounds = 3;
const lookMs = 100;
const limitMs = 120_000;

export async function besideManyPods(progress: Progress) {
  await using bench = await progress.during("starting the control plane", () => ControllerBench.open());
  await progress.during(`storing ${pods} pods with two ports each`, () => storePods(bench.store, "many", pods));
  const memory = { now: [] as number[], peak: [] as number[] };
  const restart = async (): Promise<number> => {
    const controller = bench.controller();
    const startMs = performance.now();
    await controller.start();
    await untilNothingToDo(controller);
    const seconds = (performance.now() - startMs) / 1000;
    const { now, peak } = memoryMiB(controller.pid);
    memory.now.push(now);
    memory.peak.push(peak);
    await controller.stop();
    return seconds;
  };
  const { ratio, ours, theirs } = await progress.during("restarting, and reading raw", () =>
    inTurn(rounds, restart, () => readRaw(bench)),
  );
  return {
    ratios: { controllerRssMiB20kPods: median(memory.now), restartToRawReads: ratio },
    figures: { restartSeconds: ours, rawReadsSeconds: theirs, controllerPeakRssMiB: median(memory.peak) },
  };
}

/**
 * Waits until every allocation was checked and none is in the queue. Only a metric tells that, so it asks for the
 * metric.
 */
async function untilNothingToDo(controller: ManagedProcess): Promise<void> {
  const url = `http://127.0.0.1:${operationsPort(controller)}/metrics`;
  const limit = AbortSignal.timeout(limitMs);
  for (;;) {
    const text = await (await fetch(url, { signal: limit })).text();
    const looked = sample(text, 'controller_runtime_reconcile_total{controller="allocations",result="success"}');
    if (looked >= pods && sample(text, 'workqueue_depth{name="allocations"}') === 0) return;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function sample(text: string, series: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** The seconds for listing the pods page by page and then dumping NB, with the bytes thrown away. */
async function readRaw(bench: ControllerBench): Promise<number> {
  const startMs = performance.now();
  await bench.store.requests.pages("/api/v1/pods?limit=500");
  const child = spawn(ovnBinary("ovsdb-client"), ["dump", `unix:${bench.store.nb}`, "OVN_Northbound"], {
    stdio: "ignore",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`ovsdb-client dump ended with ${String(code)}`);
  return (performance.now() - startMs) / 1000;
}
