// `npm run bench -- bandwidth`: what arrives of a limit, TCP and UDP, both ways, on a switch that forwards in user space.
import { LimitedPods } from "#test/stacks/cni/limited-pods.ts";
import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { type BenchReport, median, rounded } from "../report.ts";

const rounds = 5;

export async function benchBandwidth(progress: Progress): Promise<BenchReport> {
  const folder = createTemporaryFolder("bench-bandwidth");
  const pods = await progress.during("starting two chassis with agents", () => LimitedPods.start(folder.path));
  const ratios: Record<string, number> = {};
  const figures: Record<string, number> = {};
  try {
    const { limited, peer } = pods;
    for (const net of ["net1", "net2"] as const) {
      for (const kind of ["tcp", "udp"] as const) {
        for (const [direction, way] of [
          ["In", [peer, limited]],
          ["Out", [limited, peer]],
        ] as const) {
          const limit = pods.limitOf(net);
          const name = `${kind}${direction}${(limit / 1e6).toString()}M`;
          const found: number[] = [];
          for (let round = 0; round < rounds; round++) {
            found.push(await progress.during(name, () => pods.measure(kind, way, net)));
          }
          ratios[name] = median(found) / limit;
          figures[`${name}Mbit`] = median(found) / 1e6;
        }
      }
    }
  } finally {
    await pods.stop();
    folder.remove();
  }
  return { name: "bandwidth", ratios: rounded(ratios), figures: rounded(figures) };
}
