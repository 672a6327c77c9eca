// `npm run bench -- footprint`: memory, start and planning time of a webhook with 100,000 ports, and of the controller.
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

/** A large cluster has about this many networks, rather than one with all ports. */
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
    // These are dry runs, so that the number of ports stays.
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
      // This is the larger value of two moments: right after the start, and after reviews.
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

/** The seconds of `ovsdb-client dump` with its output thrown away. */
async function dump(endpoint: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(ovnBinary("ovsdb-client"), ["dump", endpoint, "OVN_Northbound"], { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new AppError("CommandFailed", `ovsdb-client dump ended with ${String(code)}`);
  return (performance.now() - startMs) / 1000;
}
