// The controller's part of `npm run bench -- footprint`: its memory with 20,000 pods, and its time to find nothing to do.
import { setTimeout } from "node:timers/promises";
import type { Progress } from "#tools/process/progress.ts";
import { ControllerBench } from "../release/controller-bench.ts";
import { memoryMiB } from "../process-usage.ts";
import { inTurn, median } from "../report.ts";
import { storePods } from "../release/stored-pods.ts";
import { readRaw, untilNothingToDo } from "./controller-restart.ts";

const pods = 20_000;
const rounds = 3;
const restMs = 2_000;

export async function besideManyPods(progress: Progress) {
  await using bench = await progress.during("starting the control plane", () => ControllerBench.open());
  await progress.during(`storing ${pods} pods with two ports each`, () => storePods(bench.store, "many", pods));
  const memory = { now: [] as number[], peak: [] as number[] };
  const stallsMs: number[] = [];
  const restart = async (): Promise<number> => {
    const controller = bench.controller();
    const startMs = performance.now();
    await controller.start();
    stallsMs.push(await untilNothingToDo(controller, pods));
    const seconds = (performance.now() - startMs) / 1000;
    // It gives memory back when it has looked at everything for the first time.
    await setTimeout(restMs);
    const { now, peak } = memoryMiB(controller.pid);
    memory.now.push(now);
    memory.peak.push(peak);
    await controller.stop();
    return seconds;
  };
  const { ratio, ours, theirs } = await progress.during("restarting, and reading raw", () =>
    inTurn(rounds, restart, () => readRaw(bench.store.requests, `unix:${bench.store.nb}`)),
  );
  return {
    ratios: { controllerRssMiB20kPods: median(memory.now), restartToRawReads: ratio },
    figures: {
      restartSeconds: ours,
      rawReadsSeconds: theirs,
      restartStallMs: median(stallsMs),
      controllerPeakRssMiB: median(memory.peak),
    },
  };
}
