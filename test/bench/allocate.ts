// `npm run bench -- allocate`: the allocator end to end against a bare loop of prepared transactions on the same server.
import { startOvsdbServer } from "#test/lab/ovsdb-server.ts";
import type { Progress } from "#test/lab/progress.ts";
import { allocateMany, openAllocator } from "./allocation-load.ts";
import { bareLoop, makeSwitch } from "./baseline/bare-loop.ts";
import { type BenchReport, inTurn, rounded } from "./report.ts";
import { threeProcesses } from "./three-processes.ts";

const callers = 128;
const sizes = { "1k": 1_000, "10k": 10_000, "50k": 50_000 } as const;
/** Multiples of the group size: a last small transaction would measure something else. */
const perRound = { "1k": 128 * 40, "10k": 128 * 20, "50k": 128 * 8 } as const;
const rounds = 5;

export async function benchAllocate(progress: Progress): Promise<BenchReport> {
  const ratios: Record<string, number> = {};
  const figures: Record<string, number> = {};
  for (const size of Object.keys(sizes) as (keyof typeof sizes)[]) {
    const { ratio, ours, theirs } = await progress.during(`beside ${sizes[size]} ports`, () =>
      besideBareLoop(sizes[size], perRound[size]),
    );
    ratios[`toBareLoop${size}`] = ratio;
    figures[`allocationsPerSecond${size}`] = ours;
    figures[`barePortsPerSecond${size}`] = theirs;
  }
  const three = await threeProcesses(progress);
  return {
    name: "allocate",
    ratios: rounded({ ...ratios, ...three.ratios }),
    figures: rounded({ ...figures, ...three.figures }),
  };
}

async function besideBareLoop(ports: number, total: number) {
  await using server = await startOvsdbServer();
  const path = server.endpoint.slice("unix:".length);
  const uuid = await makeSwitch(path, "blue", ports);
  const ours = async (): Promise<number> => {
    // Opened for each round: its monitor would slow the bare loop down.
    await using opened = await openAllocator([server.endpoint], "bench");
    const startMs = performance.now();
    const allocations = await allocateMany(opened.allocator, "blue", total, callers);
    const seconds = (performance.now() - startMs) / 1000;
    await Promise.all(allocations.map((allocation) => opened.allocator.undo(allocation)));
    return total / seconds;
  };
  return await inTurn(rounds, ours, () => bareLoop(path, uuid, total, callers));
}
