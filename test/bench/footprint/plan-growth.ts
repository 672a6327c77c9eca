// Measures the time to plan one address on a large network with 100,000 ports, against a small one with 1,000.
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import type { Pool } from "#src/ipam/index/switch-state.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { openAllocator } from "../allocate/allocation-load.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import { inTurn } from "../report.ts";

/**
 * The sizes of the networks. All ports are on one switch. The small and the dense network are about half full, so that
 * searches meet taken addresses.
 */
const sizes = {
  small: { ports: 1_000, subnet: "10.0.0.0/21" },
  dense: { ports: 100_000, subnet: "10.0.0.0/14" },
  wide: { ports: 100_000, subnet: "10.0.0.0/8" },
} as const;
const rounds = 9;
const warmUp = 20_000;
const plans = 20_000;

export async function planGrowth(progress: Progress) {
  await using small = await openPlanner(progress, "small");
  await using dense = await openPlanner(progress, "dense");
  await using wide = await openPlanner(progress, "wide");
  return await progress.during("planning", async () => {
    for (const each of [small, dense, wide]) each.plan(warmUp);
    const measure = (planner: typeof small) => () => Promise.resolve(planner.plan(plans));
    const toDense = await inTurn(rounds, measure(dense), measure(small));
    const toWide = await inTurn(rounds, measure(wide), measure(small));
    return {
      // The ratio is the worse one of the two large networks.
      ratios: { planGrowth: Math.max(toDense.ratio, toWide.ratio) },
      figures: {
        planMicrosecondsSmall: toDense.theirs,
        planMicrosecondsDense: toDense.ours,
        planMicrosecondsWide: toWide.ours,
      },
    };
  });
}

async function openPlanner(progress: Progress, name: keyof typeof sizes) {
  const { ports, subnet } = sizes[name];
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await startOvsdbServer());
  await progress.during(`filling ${subnet} with ${ports} ports`, () =>
    makeSwitch(server.endpoint.slice("unix:".length), "blue", ports, subnet),
  );
  const { allocator } = owned.use(await openAllocator([server.endpoint], "bench"));
  const [pool] = allocator.index.named("blue")[0]?.pools ?? [];
  if (pool === undefined) throw new AppError("Internal", "the filled switch has no pool");
  // From here on the database does not change.
  const ending = owned.move();
  return {
    /** The microseconds of one plan, as the mean of `count`. Each begins at a place where a rotor may stand. */
    plan(count: number): number {
      const port = { field: "bench", network: "blue", interfaceName: "net1", addresses: [], mac: undefined };
      const request = { namespace: "default", podName: "pod", ports: [port] };
      const view = { index: allocator.index, nowMs: systemClock.monotonicMs(), anySwitch: false };
      const starts = startsIn(pool, count);
      const startMs = performance.now();
      for (const start of starts) {
        pool.rotor = start;
        planPorts(request, view);
      }
      return ((performance.now() - startMs) * 1_000) / count;
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
}

/** Places all over the subnet, in an order that jumps. */
function startsIn({ space }: Pool, count: number): bigint[] {
  const stride = 2_654_435_761n;
  return Array.from({ length: count }, (_, n) => space.subnet.first.value + ((BigInt(n) * stride) % space.capacity));
}
