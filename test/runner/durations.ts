import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { cacheFolder } from "#tools/programs/tool-cache.ts";
import type { Job } from "./phases.ts";

/** The seconds of the last run of each test file. */
export type Durations = ReadonlyMap<string, number>;

const stored = z.record(z.string(), z.number());

export function durationsFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "test-seconds.json");
}

/** Reads what earlier runs have stored. It is empty when nothing can be read. */
export function readDurations(file: string = durationsFile()): Durations {
  try {
    return new Map(Object.entries(stored.parse(JSON.parse(readFileSync(file, "utf8")))));
  } catch {
    // Only the order of files depends on it.
    return new Map();
  }
}

/** Adds the new measurements to the stored ones. */
export function storeDurations(measured: Durations, file: string = durationsFile()): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(Object.fromEntries([...readDurations(file), ...measured]), undefined, 2));
}

/**
 * The jobs of a phase in the order in which they are best started: the longest first, so that none is still running when
 * all others have ended. A job with a file that was never measured comes first of all.
 */
export function longestFirst(jobs: readonly Job[], durations: Durations): readonly Job[] {
  const secondsOf = (job: Job): number =>
    job.reduce((sum, file) => sum + (durations.get(file) ?? Number.POSITIVE_INFINITY), 0);
  return jobs
    .map((job) => ({ job, seconds: secondsOf(job) }))
    .sort((a, b) => (a.seconds === b.seconds ? 0 : b.seconds - a.seconds))
    .map(({ job }) => job);
}
