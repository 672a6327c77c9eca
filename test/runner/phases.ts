import { globSync } from "node:fs";
import { newestOvn, oldestOvn, type OvnSuite } from "#tools/ovn/ovn-suites.ts";
import { ovnCore } from "./ovn-core.ts";

/** A folder of tests that have the same needs and take similar times. */
export interface Phase {
  readonly name: string;
  readonly glob: string | readonly string[];
  /** The number of processes at once. By default it is the number of cores. */
  readonly concurrency?: number;
  /** Folders whose files run in one process, one after the other, and so share what they start. */
  readonly together?: readonly string[];
  /** Paths whose processes run one after the other, because they need a thing of which a machine has only one. */
  readonly inTurn?: readonly string[];
  /** The time limit of one process, which runs one file, or the files of one of the folders `together`. */
  readonly timeoutMs: number;
  /** True when it starts real programs. They are installed and built before its first file, while earlier phases run. */
  readonly real?: true;
  /** The suite of Debian whose OVN it runs on, instead of the system's. */
  readonly ovn?: OvnSuite;
  /** The version of Kubernetes whose control plane it runs on, instead of that of the tool cache. */
  readonly kubernetes?: string;
  /** True when it also runs on the versions that phases without `ovn` and `kubernetes` have. */
  readonly repeats?: true;
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
    inTurn: ["test/e2e/lab/", "test/e2e/operator/operator.test.ts"],
    timeoutMs: 30 * minuteMs,
    real: true,
  },
  ...[oldestOvn, newestOvn].map(
    (ovn): Phase => ({
      name: `ovn-${ovn}`,
      glob: ovnCore,
      concurrency: 3,
      timeoutMs: 15 * minuteMs,
      real: true,
      ovn,
    }),
  ),
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
      const all = globSync([phase.glob].flat(), { cwd }).sort();
      return { phase, files: all.filter((path) => parts.length === 0 || parts.some((part) => path.includes(part))) };
    })
    .filter(({ files }) => files.length > 0);
}

/** True when all files of the phase were selected. */
export function isWhole({ phase, files }: Selected, cwd: string): boolean {
  return files.length === globSync([phase.glob].flat(), { cwd }).length;
}

/** True when the phase runs on programs of its own, instead of those that the machine and the tool cache have. */
export function wantsOwn({ ovn, kubernetes }: Phase): boolean {
  return ovn !== undefined || kubernetes !== undefined;
}

/** The files that one process runs. */
export type TestProcess = readonly string[];

/** Processes that run one after the other; most jobs are a single one. */
export type Job = readonly TestProcess[];

/** The jobs of a phase, which may run at the same time. Files that are together or in turn come first: they take longest. */
export function jobsOf({ phase, files }: Selected): readonly Job[] {
  const isIn = (paths: readonly string[] = []) => {
    return ([first = ""]: TestProcess): boolean => paths.some((path) => first.startsWith(path));
  };
  const groups = (phase.together ?? []).map((folder) => files.filter((file) => file.startsWith(folder)));
  const alone = files.map((file): TestProcess => [file]).filter((one) => !isIn(phase.together)(one));
  const processes = [...groups, ...alone].filter(({ length }) => length > 0);
  const { turn = [], rest = [] } = Object.groupBy(processes, (one) => (isIn(phase.inTurn)(one) ? "turn" : "rest"));
  return [...(turn.length === 0 ? [] : [turn]), ...rest.map((one) => [one])];
}
