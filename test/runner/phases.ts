import { globSync } from "node:fs";
import { newestOvn, oldestOvn, type OvnSuite } from "#tools/ovn/ovn-suites.ts";
import { ovnCore } from "./ovn-core.ts";

/** A folder of tests that have the same needs and take similar times. */
export interface Phase {
  readonly name: string;
  readonly glob: string | readonly string[];
  /** Files of the glob that another phase has. */
  readonly except?: readonly string[];
  /** The number of processes at once. By default it is the number of cores. */
  readonly concurrency?: number;
  /** The number of processes at once when no phase runs beside it any more. By default it is `concurrency`. */
  readonly concurrencyAlone?: number;
  /** Folders whose files run in one process, one after the other, and so share what they start. */
  readonly together?: readonly string[];
  /** The number of files that one process runs, one after the other, where starting it takes longer than they do. It is 1 by default. */
  readonly filesPerProcess?: number;
  /** True when the phases after it run at the same time, because it mostly waits. */
  readonly beside?: true;
  /** The time limit of one process, whatever the number of its files. */
  readonly timeoutMs: number;
  /** True when it starts real programs. They are installed and built before its first file, while earlier phases run. */
  readonly real?: true;
  /** The suite of Debian whose OVN it runs on, instead of the system's. */
  readonly ovn?: OvnSuite;
  /** The version of Kubernetes whose control plane it runs on, instead of that of the tool cache. */
  readonly kubernetes?: string;
  /** True when its clusters may need more memory than those of other phases. */
  readonly large?: true;
  /** True when it also runs on the versions that phases without `ovn` and `kubernetes` have. */
  readonly repeats?: true;
}

const minuteMs = 60_000;

/** A machine can have only one lab, so these files run one after the other, beside everything else that starts real programs. */
const inLab = [
  "test/e2e/lab/*.test.ts",
  "test/e2e/operator/operator.test.ts",
  "test/integration/lab/cluster/{kept-lab,lab}.test.ts",
];

/**
 * The phases of `npm test`, the cheap ones first. The later ones start real programs and mostly wait for them, so three
 * of them, of which the lab is one while it runs, share two cores. With a fourth, clusters wait for their turn until calls run into their
 * limits.
 */
export const testPhases: readonly Phase[] = [
  { name: "structure", glob: "test/structure/**/*.test.ts", timeoutMs: 5 * minuteMs },
  { name: "unit", glob: "{test,packages/*/test}/unit/**/*.test.ts", filesPerProcess: 16, timeoutMs: 3 * minuteMs },
  { name: "property", glob: "test/property/**/*.test.ts", timeoutMs: 10 * minuteMs },
  { name: "golden", glob: "test/golden/**/*.test.ts", timeoutMs: 3 * minuteMs },
  {
    name: "lab",
    glob: inLab,
    concurrency: 1,
    together: ["test/e2e/lab/"],
    beside: true,
    timeoutMs: 30 * minuteMs,
    real: true,
  },
  {
    name: "integration",
    glob: "{test,packages/*/test}/integration/**/*.test.ts",
    except: inLab,
    concurrency: 2,
    concurrencyAlone: 3,
    timeoutMs: 15 * minuteMs,
    real: true,
  },
  {
    name: "e2e",
    glob: "test/e2e/**/*.test.ts",
    except: inLab,
    concurrency: 2,
    concurrencyAlone: 3,
    together: ["test/e2e/page/"],
    timeoutMs: 15 * minuteMs,
    real: true,
  },
  ...[oldestOvn, newestOvn].map(
    (ovn): Phase => ({
      name: `ovn-${ovn}`,
      glob: ovnCore,
      concurrency: 2,
      concurrencyAlone: 3,
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
    large: true,
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
      const all = filesOf(phase, cwd);
      return { phase, files: all.filter((path) => parts.length === 0 || parts.some((part) => path.includes(part))) };
    })
    .filter(({ files }) => files.length > 0);
}

/** True when all files of the phase were selected. */
export function isWhole({ phase, files }: Selected, cwd: string): boolean {
  return files.length === filesOf(phase, cwd).length;
}

function filesOf({ glob, except = [] }: Phase, cwd: string): readonly string[] {
  return globSync([glob].flat(), { cwd, exclude: except }).sort();
}

/** True when the phase runs on programs of its own, instead of those that the machine and the tool cache have. */
export function wantsOwn({ ovn, kubernetes }: Phase): boolean {
  return ovn !== undefined || kubernetes !== undefined;
}

/** The files that one process runs, one after the other. */
export type Job = readonly string[];

/** The jobs of a phase, which may run at the same time. */
export function jobsOf({ phase, files }: Selected): readonly Job[] {
  const { together = [], filesPerProcess = 1 } = phase;
  const folders = together.map((folder) => files.filter((file) => file.startsWith(folder)));
  const others = files.filter((file) => !together.some((folder) => file.startsWith(folder)));
  const count = Math.ceil(others.length / filesPerProcess);
  const parts = Array.from({ length: count }, (_, part) =>
    others.slice(part * filesPerProcess, (part + 1) * filesPerProcess),
  );
  return [...folders, ...parts].filter(({ length }) => length > 0);
}
