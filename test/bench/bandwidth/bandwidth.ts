// `npm run bench -- bandwidth`: what arrives of a limit, TCP and UDP, both ways, on a switch that forwards in user space; before and
// after the limits are changed while traffic flows.
import { systemClock } from "#src/core/clock.ts";
import { LimitedPods, mbit } from "#test/stacks/cni/limited-pods.ts";
import { until } from "#test/assertions/until.ts";
import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { type BenchReport, median, rounded } from "../report.ts";

const rounds = 3;

/** The limits of the two interfaces, first as the pod asked for them, then as its annotation says. */
const phases = [
  { prefix: "", limits: { net1: 10 * mbit, net2: 200 * mbit } },
  { prefix: "changed", limits: { net1: 200 * mbit, net2: 10 * mbit } },
] as const;

export async function benchBandwidth(progress: Progress): Promise<BenchReport> {
  const folder = createTemporaryFolder("bench-bandwidth");
  const pods = await progress.during("starting two chassis with agents", () => LimitedPods.start(folder.path));
  const ratios: Record<string, number> = {};
  const figures: Record<string, number> = {};
  try {
    for (const { prefix, limits } of phases) {
      if (prefix !== "") {
        figures["changeMs"] = await progress.during("changing the limits", () => changeUnderTraffic(pods, limits));
      }
      for (const net of ["net1", "net2"] as const) {
        for (const kind of ["tcp", "udp"] as const) {
          for (const direction of ["In", "Out"] as const) {
            const limit = limits[net];
            const name = `${prefix}${prefix === "" ? kind : kind.toUpperCase()}${direction}${(limit / mbit).toString()}M`;
            const found: number[] = [];
            for (let round = 0; round < rounds; round++) {
              found.push(
                await progress.during(name, () => pods.measure(kind, wayOf(pods, direction), net, 1.5 * limit)),
              );
            }
            ratios[name] = median(found) / limit;
            figures[`${name}Mbit`] = median(found) / mbit;
          }
        }
      }
    }
  } finally {
    await pods.stop();
    folder.remove();
  }
  return { name: "bandwidth", ratios: rounded(ratios), figures: rounded(figures) };
}

function wayOf({ limited, peer }: LimitedPods, direction: "In" | "Out") {
  return direction === "In" ? ([peer, limited] as const) : ([limited, peer] as const);
}

/**
 * Changes the limits while TCP flows into the pod and out of it. Resolves with the milliseconds until CHECK finds the new limits in
 * the kernel.
 */
async function changeUnderTraffic(
  pods: LimitedPods,
  limits: Readonly<Record<"net1" | "net2", number>>,
): Promise<number> {
  const flowing = Promise.all([
    pods.measure("tcp", wayOf(pods, "In"), "net1"),
    pods.measure("tcp", wayOf(pods, "Out"), "net2"),
  ]);
  const both = (rate: number) => ({ ingress: rate.toString(), egress: rate.toString() });
  const began = systemClock.monotonicMs();
  await pods.change({ net1: both(limits.net1), net2: both(limits.net2) });
  await until(async () => (await pods.call("CHECK", pods.limited)).code === 0);
  const tookMs = systemClock.monotonicMs() - began;
  await flowing;
  return tookMs;
}
