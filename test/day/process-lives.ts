// Finds processes that grow over their life although their work does not.
import { readdirSync } from "node:fs";
import { memoryMiB } from "#test/bench/process-usage.ts";

/** One look at a process. */
export interface Usage {
  /** Seconds since the beginning of the day. */
  readonly atS: number;
  readonly memoryMiB: number;
  /** Open file descriptors: sockets, files, timers of epoll. */
  readonly handles: number;
}

/** A run of a program with the same work, from its start to its end. */
export interface ProcessLife {
  readonly name: string;
  readonly pid: number;
  readonly usages: Usage[];
}

/**
 * The first part of a life, in which caches and the heap take their size. A controller that leads and releases six pods a second
 * has the size at which it stays, 148 MiB with 35 to 45 of them in use, after four minutes.
 */
const warmUpS = 300;
/** A shorter rest says nothing. */
const leastS = 180;
const leastGrowthMiB = 12;
const leastHandles = 6;

/** Keeps the lives of processes that are killed and started again. */
export class ProcessLives {
  readonly #lives = new Map<string, ProcessLife>();

  get all(): readonly ProcessLife[] {
    return [...this.#lives.values()];
  }

  /** Looks at a process that may be gone. */
  look(name: string, pid: number, atS: number): void {
    let usage: Usage;
    try {
      usage = { atS, memoryMiB: memoryMiB(pid).now, handles: readdirSync(`/proc/${pid}/fd`).length };
    } catch {
      return;
    }
    if (!Number.isFinite(usage.memoryMiB)) return;
    const key = `${name} ${pid}`;
    const life = this.#lives.get(key) ?? { name, pid, usages: [] };
    life.usages.push(usage);
    this.#lives.set(key, life);
  }
}

export interface Growth {
  readonly name: string;
  readonly pid: number;
  readonly seconds: number;
  /** The growth over these seconds, by the median slope. */
  readonly memoryMiB: number;
  readonly handles: number;
  readonly isTooMuch: boolean;
}

/**
 * The growth of each life that was long enough, after its beginning. It is too much when memory grows by more than a tenth and by
 * more than the collector of a heap makes of nothing, or when handles grow.
 */
export function growths(lives: readonly ProcessLife[]): readonly Growth[] {
  return lives.flatMap(({ name, pid, usages }): readonly Growth[] => {
    const [first] = usages;
    const rest = usages.filter(({ atS }) => first !== undefined && atS >= first.atS + warmUpS);
    const [from, to] = [rest[0], rest.at(-1)];
    if (from === undefined || to === undefined || to.atS - from.atS < leastS) return [];
    const seconds = to.atS - from.atS;
    const memory = medianSlope(rest.map(({ atS, memoryMiB: value }) => [atS, value])) * seconds;
    const handles = medianSlope(rest.map(({ atS, handles: value }) => [atS, value])) * seconds;
    const isTooMuch = memory > Math.max(leastGrowthMiB, from.memoryMiB / 10) || handles > leastHandles;
    return [{ name, pid, seconds, memoryMiB: memory, handles, isTooMuch }];
  });
}

const mostPoints = 200;

/** The median of the slopes of all pairs (Theil and Sen): a few points far away do not move it. */
export function medianSlope(points: readonly (readonly [number, number])[]): number {
  const step = Math.max(1, Math.ceil(points.length / mostPoints));
  const some = points.filter((_, index) => index % step === 0);
  const slopes = some.flatMap(([x1, y1], index) =>
    some.slice(index + 1).flatMap(([x2, y2]) => (x2 === x1 ? [] : [(y2 - y1) / (x2 - x1)])),
  );
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] ?? 0;
}
