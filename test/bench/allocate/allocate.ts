// `npm run bench -- allocate`: measures the allocator against a bare loop of prepared transactions on the same server.
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { printGroupSelector } from "#src/api/policy/group-selector.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { groupName } from "#src/ovn/policy-group.ts";
import { allocateMany, benchCluster, openAllocator } from "./allocation-load.ts";
import { bareLoop, makeGroups, makeSwitch } from "../baseline/bare-loop.ts";
import { type BenchReport, inTurn, median, rounded } from "../report.ts";
import { threeProcesses } from "./three-processes.ts";

const callers = 128;
const sizes = { "1k": 1_000, "10k": 10_000, "50k": 50_000 } as const;
/** Multiples of the group size, because a last small transaction would measure something else. */
const perRound = { "1k": 128 * 40, "10k": 128 * 20, "50k": 128 * 20 } as const;
const rounds = 5;
const warmUpRounds = 16;
const bareWarmUpRounds = 4;
/** The allocator's transactions that are under way at once; the loop has as many. */
const inFlight = 2;
/** The port groups of network policies that each port joins. */
const groupsEach = 5;
const pod = { namespace: "default", labels: { app: "bench" }, namespaceLabels: {}, ports: [] };

export async function benchAllocate(progress: Progress): Promise<BenchReport> {
  const ratios: Record<string, number> = {};
  const figures: Record<string, number> = {};
  for (const size of Object.keys(sizes) as (keyof typeof sizes)[]) {
    const found = await progress.during(`beside ${sizes[size]} ports`, () =>
      besideBareLoop(sizes[size], perRound[size]),
    );
    ratios[`toBareLoop${size}`] = found.ratio;
    figures[`allocationsPerSecond${size}`] = found.ours;
    figures[`barePortsPerSecond${size}`] = found.theirs;
    figures[`portsPerTransaction${size}`] = found.groupSize;
    figures[`barePortsPerSecondBy128${size}`] = found.by128;
  }
  const grouped = await progress.during("beside 10000 ports, in five groups each", () =>
    besideBareLoop(sizes["10k"], perRound["10k"], groupsEach),
  );
  ratios["toBareLoop10kInGroups"] = grouped.ratio;
  figures["allocationsPerSecond10kInGroups"] = grouped.ours;
  figures["barePortsPerSecond10kInGroups"] = grouped.theirs;
  const three = await threeProcesses(progress);
  return {
    name: "allocate",
    ratios: rounded({ ...ratios, ...three.ratios }),
    figures: rounded({ ...figures, ...three.figures }),
  };
}

/** Compares with the bare loop, whose transactions have the size that ours have in this run. */
async function besideBareLoop(ports: number, total: number, groupCount = 0) {
  await using server = await startOvsdbServer();
  const path = server.endpoint.slice("unix:".length);
  const uuid = await makeSwitch(path, "blue", ports);
  const groups = await makeGroups(path, groupRows(groupCount));
  const groupSizes: number[] = [];
  const ours = async (): Promise<number> => {
    // It is opened for each round, because its monitor would slow the bare loop down.
    await using opened = await openAllocator([server.endpoint], "bench");
    const startMs = performance.now();
    const allocations = await allocateMany(
      opened.allocator,
      "blue",
      total,
      callers,
      groupCount === 0 ? undefined : pod,
    );
    const seconds = (performance.now() - startMs) / 1000;
    groupSizes.push(await opened.groupSize());
    await Promise.all(allocations.map((allocation) => opened.allocator.rollBack(allocation)));
    return total / seconds;
  };
  // These are not counted: a webhook runs for weeks, and V8 has compiled its code by then.
  for (let round = 0; round < warmUpRounds; round += 1) await ours();
  const loop = { path, switchUuid: uuid, total, inFlight, groups };
  const bare = () => bareLoop({ ...loop, size: Math.round(median(groupSizes)) });
  for (let round = 0; round < bareWarmUpRounds; round += 1) await bare();
  const pairs = await inTurn(rounds, ours, bare);
  const by128 = await bareLoop({ ...loop, size: callers });
  return { ...pairs, groupSize: median(groupSizes), by128 };
}

/** Groups whose selectors all take the pod, and differ in a label that it has not. */
function groupRows(count: number): Parameters<typeof makeGroups>[1] {
  const mark = { [externalId("owner")]: ownerValue, [externalId("cluster")]: benchCluster };
  return Array.from({ length: count }, (_, n) => {
    const other = { key: `other-${n}`, operator: "DoesNotExist" as const };
    const members = printGroupSelector({ network: "blue", namespace: "default", pods: { matchExpressions: [other] } });
    return { name: groupName(members, benchCluster), ids: { ...mark, [externalId("members")]: members } };
  });
}
