// Random faults under pods that come and go. At the end all promises must hold, and each fault must have been told.
import assert from "node:assert/strict";
import { loadavg } from "node:os";
import { systemClock } from "#src/core/clock.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { sharedAddresses } from "#lab/invariants/invariants.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { ContainerExits } from "./container-exits.ts";
import type { Fault } from "./fault.ts";
import { pick, type Random } from "./random.ts";
import { HostileLab } from "./hostile-lab.ts";
import { PodChurn } from "./pod-churn.ts";
import { PodHistory } from "./pod-history.ts";

export interface HostileOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly faults: readonly Fault[];
  readonly say: (text: string) => void;
}

interface Outcome {
  readonly name: string;
  /** Says who was told, and after which time; undefined when nobody was. */
  readonly told: { readonly by: string; readonly afterMs: number } | undefined;
  /** The reason that the fault could not be made or put right. */
  readonly error: string | undefined;
}

/** The time in which somebody must be told of a fault. A fault that takes longer is listed, because a machine may be too busy. */
const toldWithinMs = 60_000;
/** After this time nobody was told. The run goes on, and fails at its end. */
const giveUpMs = 180_000;
const settleMs = 420_000;

/** Fails with everything that was wrong. */
export async function runHostile(stack: LabStack, { seed, minutes, faults, say }: HostileOptions): Promise<void> {
  const random = seededRandom(seed);
  const exits = new ContainerExits(stack);
  const churn = new PodChurn(stack, { random: seededRandom(seed + 1), size: 16, pauseMs: 1_500 });
  const lab = new HostileLab(stack, churn, exits);
  await churn.fill();
  await using history = await PodHistory.start(stack.lab);
  const stop = new AbortController();
  const beside = Promise.all([churn.run(stop.signal), exits.run(stop.signal)]);
  const untilMs = systemClock.monotonicMs() + minutes * 60_000;
  const outcomes: Outcome[] = [];
  let queue: Fault[] = [];
  try {
    while (systemClock.monotonicMs() < untilMs) {
      // Every fault comes once before one comes again.
      if (queue.length === 0) queue = shuffled(faults, random);
      const fault = queue.pop() ?? pick(faults, random);
      const outcome = await happen(lab, fault, random);
      outcomes.push(outcome);
      say(`${tellOutcome(outcome)} [load ${loadavg()[0]?.toFixed(1)}, ${churn.living.length} pods]`);
    }
  } finally {
    stop.abort();
    await beside;
  }
  say(`the faults are over; ${churn.created} pods created, ${churn.deleted} deleted`);
  const wrong = await judge(lab, history, outcomes, say);
  tellFigures(lab, history, outcomes, say);
  assert.deepEqual(wrong, []);
}

/** Makes a fault happen. Ends when it is over and somebody was told of it, or when the time for that is up. */
async function happen(lab: HostileLab, fault: Fault, random: Random): Promise<Outcome> {
  await lab.untilNoneEnds();
  await lab.begin();
  const never = new AbortController();
  let error: string | undefined;
  const running = fault.run(lab, random, never.signal).catch((caught: unknown) => {
    error = String(caught);
  });
  let told: Outcome["told"];
  while (told === undefined && error === undefined && lab.ageMs < giveUpMs) {
    const by = await fault.told(lab).catch(() => undefined);
    if (by !== undefined) told = { by, afterMs: lab.ageMs };
    else await systemClock.sleep(1_000);
  }
  await running;
  return { name: fault.name, told, error };
}

/** Everything that does not hold at the end. */
async function judge(
  lab: HostileLab,
  history: PodHistory,
  outcomes: readonly Outcome[],
  say: (text: string) => void,
): Promise<readonly string[]> {
  const { stack, churn, exits } = lab;
  const wrong: string[] = [];
  const holds = async (what: string, attempt: () => Promise<void>): Promise<void> => {
    try {
      await lab.eventually(attempt, settleMs);
      say(`holds: ${what}`);
    } catch (caught) {
      wrong.push(`${what}: ${String(caught)}`);
      say(`DOES NOT HOLD: ${what}: ${String(caught)}`);
    }
  };
  await holds("all pods that were not deleted are Ready", async () => {
    const pods = await stack.pods();
    for (const { metadata } of pods)
      assert.equal(metadata.deletionTimestamp, undefined, `${metadata.name} is Terminating`);
    const names = pods.map(({ metadata }) => metadata.name);
    for (const name of churn.living) assert.ok(names.includes(name), `${name} is lost`);
    await stack.ready(...names);
  });
  await holds("pods, NB and the nodes agree", async () => assert.deepEqual(await stack.faults(), []));
  await holds("check finds nothing", async () => assert.deepEqual(await lab.check(), []));
  await holds("doctor finds nothing that does not work", async () => {
    // Its warnings and what it does not know are about the lab.
    const failed = (await lab.doctor()).filter((line) => / failed: /.test(line));
    assert.deepEqual(failed, []);
  });
  await holds("pods reach each other", () => assertReach(lab));
  await holds("no two ports share an address", async () => {
    assert.deepEqual(sharedAddresses(await readNb([stack.lab.central.nb])), []);
  });
  await exits.look();
  const now = new Map((await stack.pods()).map((pod) => [pod.metadata.uid, pod]));
  for (const [uid, result] of history.firstResults()) {
    const pod = now.get(uid);
    const last = pod?.metadata.annotations?.[annotationKeys.result.key];
    if (pod !== undefined && last !== result)
      wrong.push(`${pod.metadata.name} lost what it was given: ${last} for ${result}`);
  }
  if (!history.isWhole) wrong.push("the watch of pods ended, so some pods were not seen");
  for (const { network, address, pods } of history.shared()) {
    wrong.push(`${address} of ${network} was given twice, to ${pods.join(" and ")}`);
  }
  for (const [claim, given] of history.claimed()) {
    if (given.size > 1) wrong.push(`pods of the claim ${claim} were given ${[...given].join(" and ")}`);
  }
  for (const { pod, exitCode, reason, log } of exits.unexpected()) {
    wrong.push(`${pod} ended by itself: exit code ${exitCode}, ${reason}:\n${log}`);
  }
  for (const text of churn.strange) wrong.push(`a pod was refused: ${text}`);
  for (const { name, told, error } of outcomes) {
    if (error !== undefined) wrong.push(`${name}: ${error}`);
    if (told === undefined) wrong.push(`nobody was told: ${name}`);
  }
  const panics = await lab.metric("controller", "controller_runtime_reconcile_panics_total");
  if (panics > 0) wrong.push(`${panics} reconciles failed by a defect`);
  return wrong;
}

/** Some pods reach the others on the networks that they share. */
async function assertReach({ stack }: HostileLab): Promise<void> {
  const pods = await stack.pods();
  for (const pod of pods.slice(0, 4)) {
    const joined = new Set(resultOf(pod).map(({ network }) => network));
    const others = pods.filter(({ metadata }) => metadata.uid !== pod.metadata.uid).flatMap(resultOf);
    const shared = others.filter(({ network }) => joined.has(network)).slice(0, 6);
    const addresses = shared.flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
    await stack.assertReaches(pod.metadata.name, addresses);
  }
}

function tellFigures(
  lab: HostileLab,
  history: PodHistory,
  outcomes: readonly Outcome[],
  say: (text: string) => void,
): void {
  const { churn, exits } = lab;
  const times = outcomes.flatMap(({ told }) => (told === undefined ? [] : [told.afterMs])).sort((a, b) => a - b);
  const longest = outcomes.toSorted((a, b) => (b.told?.afterMs ?? 0) - (a.told?.afterMs ?? 0))[0];
  const late = outcomes.filter(({ told }) => (told?.afterMs ?? Number.POSITIVE_INFINITY) > toldWithinMs);
  say(`pods: ${churn.created} created, ${churn.deleted} deleted; ${history.changes().length} changes seen`);
  say(`creates refused: ${[...churn.refusals].map(([why, count]) => `${count} × ${why}`).join(", ") || "none"}`);
  say(`containers killed by faults: ${exits.expectedCount}; ended by themselves: ${exits.unexpected().length}`);
  say(`faults: ${outcomes.length}`);
  for (const [name, all] of Map.groupBy(outcomes, (outcome) => outcome.name)) {
    const told = all.map((one) =>
      one.told === undefined ? "never" : `${seconds(one.told.afterMs)} by ${one.told.by.slice(0, 70)}`,
    );
    say(`  ${all.length} × ${name}: ${told.join("; ")}`);
  }
  say(
    `told after ${seconds(times[Math.floor(times.length / 2)] ?? 0)} in the median; longest: ${longest === undefined ? "-" : tellOutcome(longest)}`,
  );
  say(`told later than ${seconds(toldWithinMs)}: ${late.map(tellOutcome).join("; ") || "none"}`);
}

function tellOutcome({ name, told, error }: Outcome): string {
  const how =
    told === undefined ? "NOBODY WAS TOLD" : `told after ${seconds(told.afterMs)} by ${told.by.slice(0, 100)}`;
  return `${name}: ${how}${error === undefined ? "" : `; ${error}`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  return from
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
