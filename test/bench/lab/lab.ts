// `npm run bench -- lab`: measures pods in a real cluster with three OVN interfaces, against pods with the first
// interface alone.
import { systemClock } from "#src/core/clock.ts";
import { labPod, LabStack } from "#test/stacks/lab/lab-stack.ts";
import type { Progress } from "#tools/process/progress.ts";
import type { NamedPod } from "./lab-pods.ts";
import { LabPodsRemote } from "./lab-pods-remote.ts";
import { compareTcp } from "./lab-tcp.ts";
import { type BenchReport, mean, rounded } from "../report.ts";

const networks = ["blue", "green", "red"] as const;
const singles = 40;
const warmUp = 2;
const bursts = 10;
const burstSize = 10;
/**
 * The kubelet checks its pods with this period. A pod that always came at the same moment of the period would measure
 * that moment.
 */
const kubeletPeriodMs = 1_000;

const sides = ["ovn", "plain"] as const;
type Side = (typeof sides)[number];
type Times = Readonly<Record<Side, number[]>>;

export async function benchLab(progress: Progress): Promise<BenchReport> {
  await using stack = await LabStack.start();
  const subnets = networks.map((name, n) => [name, { ipv4Subnets: [{ subnet: `10.${n + 1}0.0.0/24` }] }] as const);
  await stack.addNetworks(Object.fromEntries(subnets));
  await using pods = await LabPodsRemote.start(stack.lab);
  const ready1 = times();
  const gone1 = times();
  await progress.during(`${singles} single pods of each kind`, async () => {
    for (let round = -warmUp; round < singles; round += 1) {
      for (const side of inTurn(round)) {
        await systemClock.sleep(Math.random() * kubeletPeriodMs);
        const created = [podOf(side, `single-${side}-${round + warmUp}`)];
        const [readyMs, goneMs] = await createAndDelete(pods, created);
        if (round < 0) continue;
        ready1[side].push(readyMs);
        gone1[side].push(goneMs);
      }
    }
  });
  progress.say(`ready1 ${ratioOf(ready1)}`);
  const burst10 = times();
  const delete10 = times();
  await progress.during(`${bursts} bursts of ${burstSize} of each kind`, async () => {
    for (let round = 0; round < bursts; round += 1) {
      for (const side of inTurn(round)) {
        await systemClock.sleep(Math.random() * kubeletPeriodMs);
        const created = Array.from({ length: burstSize }, (_, n) => podOf(side, `burst-${side}-${round}-${n}`));
        const [readyMs, goneMs] = await createAndDelete(pods, created);
        burst10[side].push(readyMs);
        delete10[side].push(goneMs);
      }
    }
  });
  progress.say(`burst10 ${ratioOf(burst10)}, delete10 ${ratioOf(delete10)}`);
  const tcp = await progress.during("TCP between the nodes", () => compareTcp(stack, networks[0]));
  const measured = { ready1, burst10, delete10 };
  return {
    name: "lab",
    ratios: rounded({ ...mapTimes(measured, ratioOf), tcp: tcp.ratio }),
    figures: rounded({
      ...figuresOf({ ...measured, gone1 }),
      tcpMiBPerSecond: tcp.ours,
      tcpRawMiBPerSecond: tcp.theirs,
    }),
  };
}

const times = (): Times => ({ ovn: [], plain: [] });

/** Both sides. Each round begins with the other one. */
function inTurn(round: number): readonly Side[] {
  return round % 2 === 0 ? sides : sides.toReversed();
}

function podOf(side: Side, name: string) {
  const interfaces = networks.map((network) => ({ name: network }));
  return labPod(name, side === "ovn" ? { interfaces } : {}) as NamedPod;
}

async function createAndDelete(pods: LabPodsRemote, created: readonly NamedPod[]): Promise<readonly [number, number]> {
  const readyMs = await pods.create(created);
  return [readyMs, await pods.delete(created.map(({ metadata }) => metadata.name))];
}

const ratioOf = ({ ovn, plain }: Times): number => mean(ovn) / mean(plain);

function mapTimes(all: Readonly<Record<string, Times>>, one: (both: Times) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(all).map(([key, both]) => [key, one(both)]));
}

/** The milliseconds of each side: the mean, and between which values all of them lie. */
function figuresOf(all: Readonly<Record<string, Times>>): Record<string, number> {
  const entries = Object.entries(all).flatMap(([key, both]) =>
    sides.flatMap((side) => {
      const name = `${key}${side === "ovn" ? "Ovn" : "Plain"}`;
      const values = both[side];
      const figures = { MeanMs: mean(values), MinMs: Math.min(...values), MaxMs: Math.max(...values) };
      return Object.entries(figures).map(([figure, value]) => [name + figure, value] as const);
    }),
  );
  return Object.fromEntries(entries);
}
