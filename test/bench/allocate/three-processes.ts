// Three allocating processes on one switch of a RAFT cluster: measures their rate, and checks that no address is given
// twice.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { AppError } from "#src/core/errors.ts";
import { startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { LineReader } from "../line-reader.ts";
import { bareLoop, makeSwitch } from "../baseline/bare-loop.ts";
import { median } from "../report.ts";

const perProcess = 128 * 10;
const callers = 128;
const warmUp = { network: "warm", total: callers * 40, rounds: 8 };
const rounds = 3;
/** The transactions that one process has under way at once; the loop has as many as all of them. */
const inFlightEach = 2;
/** The pool that is filled to its last address: 10.0.0.0/20 without network, broadcast and router. */
const fill = { subnet: "10.0.0.0/20", usable: 4093 };

const script = fileURLToPath(new URL("allocator-process.ts", import.meta.url));
const answerSchema = z.object({ addresses: z.array(z.string()), endMs: z.number(), groupSize: z.number() });

export async function threeProcesses(progress: Progress) {
  await using cluster = await startOvsdbCluster();
  const leader = await cluster.leader();
  const path = leader.endpoint.slice("unix:".length);
  await using elsewhere = await startOvsdbServer();
  await makeSwitch(elsewhere.endpoint.slice("unix:".length), warmUp.network, 0);
  const warm = { ...warmUp, endpoint: elsewhere.endpoint };
  const ratios = { leader: [] as number[], followers: [] as number[] };
  const rates = { bare: [] as number[], leader: [] as number[], followers: [] as number[] };
  const groupSizes: number[] = [];
  await progress.during("three processes on a RAFT cluster of three", async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ["leader", "followers"] as const) {
        const network = `${way}${round}`;
        await makeSwitch(path, network, 0);
        const endpoints = cluster.members.filter((member) => way === "leader" || member !== leader);
        const { rate, groupSize } = await together(
          endpoints.map((member) => member.endpoint),
          way === "leader" ? "prefer" : "any",
          network,
          perProcess,
          warm,
        );
        rates[way].push(rate);
        if (way === "leader") groupSizes.push(groupSize);
      }
      // The transactions have the size that ours have in this run.
      const uuid = await makeSwitch(path, `bare${round}`, 0);
      const size = Math.round(groupSizes.at(-1) ?? callers);
      const loop = { path, switchUuid: uuid, total: 3 * perProcess, size, inFlight: 3 * inFlightEach };
      await bareLoop(loop);
      const bare = await bareLoop(loop);
      rates.bare.push(bare);
      for (const way of ["leader", "followers"] as const) ratios[way].push((rates[way].at(-1) ?? Number.NaN) / bare);
    }
  });
  await progress.during("three processes fill a pool to its last address", async () => {
    await makeSwitch(path, "fill", 0, fill.subnet);
    await together(cluster.endpoints, "prefer", "fill", Number.MAX_SAFE_INTEGER, warm, fill.usable);
  });
  return {
    ratios: { threeProcesses: median(ratios.leader), threeFollowers: median(ratios.followers) },
    figures: {
      raftBarePortsPerSecond: median(rates.bare),
      threeProcessesPerSecond: median(rates.leader),
      threeFollowersPerSecond: median(rates.followers),
      raftPortsPerTransaction: median(groupSizes),
    },
  };
}

/**
 * Runs the processes at once. Returns addresses a second and in a transaction. Throws when an address was given twice,
 * or the count is wrong.
 */
async function together(
  endpoints: readonly string[],
  leader: "prefer" | "any",
  network: string,
  total: number,
  warm: typeof warmUp & { readonly endpoint: string },
  expected = 3 * total,
): Promise<{ readonly rate: number; readonly groupSize: number }> {
  const children = [1, 2, 3].map((n) => {
    const order = JSON.stringify({
      endpoints,
      replica: `bench${n}-${network}`,
      leader,
      network,
      total,
      callers,
      warmUp: warm,
    });
    const child = spawn(process.execPath, [script, order], { stdio: ["pipe", "pipe", "inherit"] });
    return { child, lines: new LineReader(child.stdout) };
  });
  await Promise.all(children.map(({ lines }) => lines.next()));
  const startMs = Date.now();
  for (const { child } of children) child.stdin.write("go\n");
  const answers = await Promise.all(children.map(({ lines }) => lines.next()));
  await Promise.all(children.map(async ({ child }) => child.exitCode ?? (await once(child, "exit"))));
  const results = answers.map((line) => answerSchema.parse(JSON.parse(line)));
  const all = results.flatMap(({ addresses }) => addresses);
  const distinct = new Set(all).size;
  if (distinct !== all.length || all.length !== expected) {
    throw new AppError("Internal", `${all.length} addresses, ${distinct} distinct, ${expected} expected`);
  }
  const seconds = (Math.max(...results.map(({ endMs }) => endMs)) - startMs) / 1000;
  return { rate: all.length / seconds, groupSize: median(results.map(({ groupSize }) => groupSize)) };
}
