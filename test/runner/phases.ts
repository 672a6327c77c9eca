import { globSync } from "node:fs";

/** A folder of tests that have the same needs and take similar times. */
export interface Phase {
  readonly name: string;
  readonly glob: string;
  /** The number of processes at once. By default it is the number of cores. */
  readonly concurrency?: number;
  /** Folders whose files run in one process, one after the other, and so share what they start. */
  readonly together?: readonly string[];
  /** The time limit of one process, which runs one file, or the files of one of the folders `together`. */
  readonly timeoutMs: number;
  /** True when it starts real programs. They are installed and built before its first file, while earlier phases run. */
  readonly real?: true;
}

const minuteMs = 60_000;

/**
 * The phases of `npm test`, the cheap ones first. The later ones start real programs and mostly wait for them, so three
 * share two cores.
 */
export const testPhases: readonly Phase[] = [
  { name: "structure", glob: "test/structure/**/*.test.ts", timeoutMs: 5 * minuteMs },
  { name: "unit", glob: "{test,packages/*/test}/unit/**/*.test.ts", timeoutMs: 3 * minuteMs },
  { name: "property", glob: "test/property/**/*.test.ts", timeoutMs: 10 * minuteMs },
  { name: "golden", glob: "test/golden/**/*.test.ts", timeoutMs: 3 * minuteMs },
  {
    name: "integration",
    glob: "{test,packages/*/test}/integration/**/*.test.ts",
    concurrency: 3,
    timeoutMs: 15 * minuteMs,
    real: true,
  },
  {
    name: "e2e",
    glob: "test/e2e/**/*.test.ts",
    concurrency: 3,
    together: ["test/e2e/lab/"],
    timeoutMs: 30 * minuteMs,
    real: true,
  },
];

/** The phases of `npm run soak`. */
export const soakPhases: readonly Phase[] = [
  {
    name: "soak",
    glob: "{test,packages/*/test}/soak/**/*.test.ts",
    concurrency: 1,
    timeoutMs: 120 * minuteMs,
    real: true,
  },
];

export interface Selected {
  readonly phase: Phase;
  readonly files: readonly string[];
}

/**
 * `npm test -- [PHASE...] [PART OF A PATH...]`: words that name phases choose them, other words choose files whose path
 * contains one of them. Without words everything is chosen. Phases without files are left out.
 */
export function selectTests(phases: readonly Phase[], words: readonly string[], cwd: string): readonly Selected[] {
  const named = phases.filter(({ name }) => words.includes(name));
  const parts = words.filter((word) => !phases.some(({ name }) => name === word));
  return (named.length === 0 ? phases : named)
    .map((phase) => {
      const all = globSync(phase.glob, { cwd }).sort();
      return { phase, files: all.filter((path) => parts.length === 0 || parts.some((part) => path.includes(part))) };
    })
    .filter(({ files }) => files.length > 0);
}

/** The files of each process. Files that are together come first, because they take longest. */
export function processesOf({ phase, files }: Selected): readonly (readonly string[])[] {
  const folders = phase.together ?? [];
  const groups = folders.map((folder) => files.filter((file) => file.startsWith(folder)));
  const alone = files.filter((file) => !folders.some((folder) => file.startsWith(folder))).map((file) => [file]);
  return [...groups.filter(({ length }) => length > 0), ...alone];
}
