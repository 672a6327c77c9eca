import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ManagedProcess } from "#tools/process/process.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { type NodeWiring, readNodeWiring, resultOf } from "#lab/cluster/node-wiring.ts";
import type { LabStack, PodObject } from "./lab-stack.ts";

/** The answer to one of the last packets may still be on its way. */
const laterAnswers = 2;
const patienceMs = 1_800_000;

/** The packets of one pod, by the sequence numbers of its ping. */
interface PodCount {
  readonly sent: number;
  /** The numbers that were never answered, ascending. */
  readonly lost: readonly number[];
}

/** The packets of several pods. */
export interface CountedPackets {
  readonly sent: number;
  readonly lost: number;
  /** The pods of which at least one packet was lost. */
  readonly pods: number;
  /** The most packets in a row that one pod lost. */
  readonly inARow: number;
}

interface Answers {
  readonly highest: number;
  /** The numbers below the highest one of which no answer has come. */
  readonly missing: readonly number[];
}

/** Pings to one address from many pods of a lab, one a second from each, which are counted in parts. */
export class CountedTraffic {
  readonly #stack: LabStack;
  readonly #pods: readonly string[];
  readonly #pings: readonly ManagedProcess[];
  /** The highest number of each pod that was counted. */
  #counted: readonly number[];

  private constructor(stack: LabStack, pings: ReadonlyMap<string, ManagedProcess>) {
    this.#stack = stack;
    this.#pods = [...pings.keys()];
    this.#pings = [...pings.values()];
    this.#counted = this.#pods.map(() => -1);
  }

  /**
   * Runs the pings beside the pods, in their network namespaces. Each has its own, because a ping is given all answers in its
   * namespace, and a hundred of them would keep a machine busy.
   */
  static async start(stack: LabStack, pods: readonly PodObject[], address: string): Promise<CountedTraffic> {
    const wirings = new Map<LabNode, NodeWiring>();
    for (const node of stack.lab.nodes) wirings.set(node, await readNodeWiring(node));
    const pings = new Map<string, ManagedProcess>();
    for (const pod of pods) {
      const { name } = pod.metadata;
      const wiring = wirings.get(stack.nodeOf(pod));
      const own = wiring?.ports.find(({ ids }) => ids.get("iface-id") === resultOf(pod)[0]?.port);
      const pid = wiring?.running.get(own?.ids.get("sandbox") ?? "");
      assert.ok(pid, `${name} has no sandbox that runs`);
      const args = [`--net=/proc/${pid}/ns/net`, "busybox", "ping", address];
      const ping = stack.nodeOf(pod).machine.process({ name: `ping-from-${name}`, command: "nsenter", args });
      await ping.start();
      pings.set(name, ping);
    }
    const traffic = new CountedTraffic(stack, pings);
    await traffic.answered(1);
    return traffic;
  }

  /** Counts what was sent since the last count from each of these pods, and from all others. */
  async count(some: readonly string[]): Promise<{ readonly some: CountedPackets; readonly others: CountedPackets }> {
    const until = this.#answers();
    await this.#untilAnswered((index) => (until[index]?.highest ?? 0) + laterAnswers);
    const counts = this.#answers().map(({ missing }, index): PodCount => {
      const before = this.#counted[index] ?? -1;
      const last = until[index]?.highest ?? 0;
      return { sent: last - before, lost: missing.filter((number) => number > before && number <= last) };
    });
    this.#counted = until.map(({ highest }) => highest);
    const isOne = (_: PodCount, index: number): boolean => some.includes(this.#pods[index] ?? "");
    return { some: sum(counts.filter(isOne)), others: sum(counts.filter((count, index) => !isOne(count, index))) };
  }

  /** Waits until each pod has got the answer to one of so many packets that it sends from now on, or to a later one. */
  async answered(packets: number): Promise<void> {
    const now = this.#answers();
    await this.#untilAnswered((index) => (now[index]?.highest ?? 0) + packets);
  }

  async end(): Promise<void> {
    await Promise.all(this.#pings.map((ping) => ping.stop()));
  }

  /** Reads what the pings have printed. */
  #answers(): readonly Answers[] {
    return this.#pings.map(({ spec: { logFile } }) => {
      const text = readFileSync(logFile, "utf8");
      const seen = new Set([...text.matchAll(/ seq=(\d+) /g)].map(([, number]) => Number(number)));
      const highest = Math.max(-1, ...seen);
      return {
        highest,
        missing: Array.from({ length: highest + 1 }, (_, number) => number).filter((number) => !seen.has(number)),
      };
    });
  }

  #untilAnswered(numberOf: (index: number) => number): Promise<void> {
    return this.#stack.eventually(async () => {
      await Promise.resolve();
      for (const [index, { highest }] of this.#answers().entries())
        assert.ok(highest >= numberOf(index), `${this.#pods[index] ?? ""} has ${highest} answers`);
    }, patienceMs);
  }
}

function sum(counts: readonly PodCount[]): CountedPackets {
  return {
    sent: counts.reduce((all, { sent }) => all + sent, 0),
    lost: counts.reduce((all, { lost }) => all + lost.length, 0),
    pods: counts.filter(({ lost }) => lost.length > 0).length,
    inARow: Math.max(0, ...counts.map(({ lost }) => longestRun(lost))),
  };
}

/** The length of the longest run in ascending numbers. */
function longestRun(numbers: readonly number[]): number {
  let longest = 0;
  let run = 0;
  for (const [index, number] of numbers.entries()) {
    run = number - 1 === numbers[index - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
