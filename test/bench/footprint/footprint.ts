// `npm run bench -- footprint`: memory, start-up and planning time of a webhook beside 100,000 ports, and of the controller.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { AppError } from "#src/core/errors.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { makeSwitches } from "../baseline/many-switches.ts";
import { besideManyPods } from "./footprint-controller.ts";
import { benchReview } from "../load/bench-pod.ts";
import { planGrowth } from "./plan-growth.ts";
import { PostLoad } from "../load/post-load.ts";
import { memoryMiB } from "../process-usage.ts";
import { type BenchReport, inTurn, median, rounded } from "../report.ts";
import { Serving } from "../load/serving.ts";

/** As many networks as a large cluster has, rather than one with everything on it. */
const switches = 20;
const portsOfSwitch = 5_000;
const rounds = 3;
const reviews = 1_000;

export async function benchFootprint(progress: Progress): Promise<BenchReport> {
  const beside = await besideManyPorts(progress);
  const planning = await planGrowth(progress);
  const controller = await besideManyPods(progress);
  return {
    name: "footprint",
    ratios: rounded({ ...beside.ratios, ...planning.ratios, ...controller.ratios }),
    figures: rounded({ ...beside.figures, ...planning.figures, ...controller.figures }),
  };
}

async function besideManyPorts(progress: Progress) {
  await using server = await startOvsdbServer();
  await progress.during(`filling ${switches} switches with ${portsOfSwitch} ports each`, () =>
    makeSwitches(server.endpoint.slice("unix:".length), switches, portsOfSwitch),
  );
  const memory = { ready: [] as number[], served: [] as number[], peak: [] as number[] };
  const start = async (): Promise<number> => {
    await using serving = await Serving.open();
    const startMs = performance.now();
    const { pid, port } = await serving.webhook(server.endpoint);
    const seconds = (performance.now() - startMs) / 1000;
    memory.ready.push(memoryMiB(pid).now);
    await using load = new PostLoad();
    const body = benchReview(["net0", "net1"]);
    const target = { port, path: "/mutate/pods?timeout=10s", ca: serving.ca, body };
    const expected = { status: 200, contains: '"allowed":true,"patchType"' };
    const dry = { ...expected, body: body.replace('"dryRun":false', '"dryRun":true') };
    // Looks only, so that the number of ports stays.
    await load.run({ ...target, ...dry, connections: 16, warmUp: 0, total: reviews });
    const { now, peak } = memoryMiB(pid);
    memory.served.push(now);
    memory.peak.push(peak);
    return seconds;
  };
  const { ratio, ours, theirs } = await progress.during("starting, and dumping", () =>
    inTurn(rounds, start, () => dump(server.endpoint)),
  );
  return {
    ratios: {
      // The larger of right after the start and after reviews.
      rssMiB100kPorts: Math.max(median(memory.ready), median(memory.served)),
      readyToDump: ratio,
    },
    figures: {
      readySeconds: ours,
      dumpSeconds: theirs,
      rssMiBWhenReady: median(memory.ready),
      rssMiBAfterReviews: median(memory.served),
      peakRssMiB: median(memory.peak),
    },
  };
}

/** Seconds that `ovsdb-client dump` takes with its output thrown away. */
async function dump(endpoint: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(ovnBinary("ovsdb-client"), ["dump", endpoint, "OVN_Northbound"], { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new AppError("CommandFailed", `ovsdb-client dump ended with ${String(code)}`);
  return (performance.now() - startMs) / 1000;
}
