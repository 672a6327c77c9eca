// A day of a cluster in short: pods come and go at one pace while processes die, and nothing grows.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { systemClock } from "#src/core/clock.ts";
import { sharedAddresses } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { until } from "#test/assertions/until.ts";
import { programFlags } from "#tools/build/bundle.ts";
import { productFile } from "#tools/build/product-file.ts";
import { Leaders } from "#test/chaos/leaders.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { isLeading, runCheck } from "#test/stacks/controller-process.ts";
import { Churn } from "./churn.ts";
import { type DaySample, drawDay } from "./day-plot.ts";
import { dayFaults } from "./faults.ts";
import { growths, ProcessLives } from "./process-lives.ts";

export interface DayOptions {
  readonly minutes: number;
  readonly seed: number;
  /** The file for the drawing. */
  readonly drawing: string;
  readonly say: (line: string) => void;
}

const flags = { "reservation-lease": "20s" };
const leaseMs = 20_000;
const sampleMs = 5_000;
const node = "worker";
/** Creates may fail while a fault lasts, and until the API server has found another replica. */
const recoveryS = 15;
/** Faults come in this part of the day. In the rest no process dies, so that lives are long enough to be judged. */
const stormyPart = 0.6;
const [shortestCalmMs, longestCalmMs] = [15_000, 45_000];

/** Fails when a promise does not hold, or something grows. */
export async function runDay({ minutes, seed, drawing, say }: DayOptions): Promise<void> {
  const random = seededRandom(seed);
  await using stack = await AdmissionStack.start({
    replicas: 2,
    // The memory of a process is judged as it is shipped.
    program: [...programFlags(), productFile],
    plane: { controllerManagerFlags: { controllers: "*,-node-lifecycle-controller,-taint-eviction-controller" } },
  });
  await stack.addSwitch("blue", "10.64.0.0/21");
  await stack.addSwitch("green", "10.72.0.0/21,fd72::/64");
  await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: node } }]);
  await using _kubelet = new KubeletStandIn({ client: stack.client, node });
  await using controllers = new Leaders(stack, flags, programFlags());
  await controllers.start();

  const beganMs = systemClock.monotonicMs();
  const nowS = (): number => (systemClock.monotonicMs() - beganMs) / 1_000;
  const lives = new ProcessLives();
  const samples: DaySample[] = [];
  const faults: { readonly atS: number; endS: number; readonly name: string }[] = [];
  const unexpected: string[] = [];
  let shared: readonly string[] = [];
  const stop = new AbortController();
  const churn = new Churn({ stack, node, pods: 400, perSecond: 6, random });

  const look = async (): Promise<void> => {
    const before = faults.length;
    for (const [name, process] of await processesOf(stack, controllers)) {
      if (process.running) lives.look(name, process.pid, nowS());
    }
    const { failed, ...counts } = churn.take();
    samples.push({ atS: nowS(), ...counts, failed: [...failed.values()].reduce((sum, each) => sum + each, 0) });
    const isCalm = faults.every(({ atS, endS }) => nowS() < atS || nowS() > endS + recoveryS + sampleMs / 1_000);
    if (isCalm) unexpected.push(...failed.keys());
    // Two replicas may take one address at once, and the loser gives it back within a moment.
    const nb = await readNb(stack.nb).catch((error: unknown) => {
      // The database may have been killed under the reader.
      if (faults.length === before) throw error;
    });
    if (nb === undefined) return;
    const now = sharedAddresses(nb).map(({ address, ports }) => `${address} ${ports.join(" ")}`);
    assert.deepEqual(
      now.filter((one) => shared.includes(one)),
      [],
      "addresses that two ports have",
    );
    shared = now;
  };
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await systemClock.sleep(sampleMs);
      // The database may be away.
      if (stack.nbServer?.process.running !== true || isBroken(faults)) continue;
      await look();
      if (samples.length % 12 === 0) say(tellSample(samples.slice(-12), churn.living.length));
    }
  };
  const breakThings = async (): Promise<void> => {
    while (nowS() < minutes * 60 * stormyPart) {
      await systemClock.sleep(shortestCalmMs + random() * (longestCalmMs - shortestCalmMs));
      const fault = dayFaults[Math.floor(random() * dayFaults.length)];
      if (fault === undefined) continue;
      say(fault.name);
      const entry = { atS: nowS(), endS: Number.POSITIVE_INFINITY, name: fault.name };
      faults.push(entry);
      await fault.run({ stack, controllers });
      entry.endS = nowS();
    }
    await systemClock.sleep(Math.max(0, minutes * 60_000 - nowS() * 1_000));
  };
  const running = [churn.run(stop.signal), watch()];
  try {
    await Promise.race([breakThings(), Promise.all(running)]);
  } finally {
    stop.abort();
    await Promise.allSettled(running);
    await writeFile(drawing, drawDay(samples, faults, lives.all, nowS()));
    say(`drawn into ${drawing}`);
  }
  await Promise.all(running);

  const grown = growths(lives.all);
  for (const { name, pid, seconds, memoryMiB, handles } of grown) {
    say(
      `${name} (${pid}): ${memoryMiB.toFixed(1)} MiB and ${handles.toFixed(1)} handles more in ${seconds.toFixed(0)} s`,
    );
  }
  assert.deepEqual([...new Set(unexpected)], [], "creates that failed while nothing was broken");
  assert.ok(grown.length > 0, "no process lived for long enough to be judged: set MINUTES to 10 or more");
  const told = new Map<string, string>();
  await until(async () => {
    const { code, stdout } = await runCheck(stack, { flags });
    told.set("check", stdout);
    return code === 0;
  }, 180_000).catch((error: unknown) => assert.fail(`${String(error)}\n${told.get("check") ?? ""}`));
  const { pods } = await stack.assertInvariants({ leaseMs });
  const stored = new Set(pods.map(({ metadata: { uid } }) => uid));
  assert.deepEqual(
    churn.living.filter(({ metadata: { uid } }) => !stored.has(uid)).map(({ metadata: { name } }) => name),
    [],
    "pods that were never deleted and are gone",
  );
  assert.deepEqual(
    grown.filter(({ isTooMuch }) => isTooMuch),
    [],
    "processes that grow",
  );
}

/** Processes by the names of their lives. A controller that begins to lead takes up other work, and with it another life. */
async function processesOf({ replicas, nbServer }: AdmissionStack, controllers: Leaders) {
  const leads = await Promise.all(controllers.processes.map((process) => isLeading(process).catch(() => false)));
  return [
    ...replicas.map(({ process }) => [process.spec.name, process] as const),
    ...controllers.processes.map(
      (process, n) => [`${process.spec.name}${leads[n] === true ? ", leading" : ""}`, process] as const,
    ),
    ...(nbServer === undefined ? [] : [["ovsdb-server", nbServer.process] as const]),
  ];
}

function isBroken(faults: readonly { readonly endS: number }[]): boolean {
  return faults.at(-1)?.endS === Number.POSITIVE_INFINITY;
}

function tellSample(last: readonly DaySample[], living: number): string {
  const sum = (of: (one: DaySample) => number): number => last.reduce((total, one) => total + of(one), 0);
  const counts = `${sum((one) => one.created)} created, ${sum((one) => one.deleted)} deleted, ${sum((one) => one.failed)} failed`;
  return `${counts}, ${living} pods`;
}
