// Runs one phase: some of its files at once, with a line for each that ends, and place and reason of each failure.
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { type Durations, longestFirst } from "./durations.ts";
import { jobsOf, type Selected } from "./phases.ts";
import { type FileRun, runFiles, type TestEnd } from "./run-files.ts";
import { addTallies, emptyTally, printTally, type Tally } from "./tally.ts";

/** Control planes live for a minute here, and cores are scarcer than memory: Go's programs collect from this size on. */
const collectedLate = { GOGC: "off", GOMEMLIMIT: "700MiB" };
/** Whatever the size is, memory is collected when it has become five times as much. */
const collectedBySize = { GOGC: "400" };

interface PhaseOptions {
  readonly cwd: string;
  readonly write: (line: string) => void;
  /** Ends the whole phase. */
  readonly signal: AbortSignal;
  readonly durations: Durations;
  /** Settles when nothing runs beside the phase. */
  readonly alone?: Promise<void>;
  /** Further variables for the environment of the files. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A file with failures, and the lines that name them. */
export interface FailedFile {
  readonly file: string;
  readonly lines: readonly string[];
}

/** Runs the files of a phase and prints the result of each. Resolves to the counts and the time of each file. */
export async function runPhase(
  selected: Selected,
  { cwd, write, signal, durations, alone = Promise.resolve(), env = {} }: PhaseOptions,
): Promise<{ readonly tally: Tally; readonly seconds: Durations; readonly failures: readonly FailedFile[] }> {
  const {
    concurrency = Math.max(2, availableParallelism()),
    concurrencyAlone = concurrency,
    timeoutMs,
    large = false,
  } = selected.phase;
  const queue = [...longestFirst(jobsOf(selected), durations)];
  const seconds = new Map<string, number>();
  const failures: FailedFile[] = [];
  let total = emptyTally;
  const onStderr = (text: string): void => {
    write(text.trimEnd());
  };
  const allEnv = { ...(large ? collectedBySize : collectedLate), ...env };
  const lane = async (): Promise<void> => {
    for (let files = queue.shift(); files !== undefined && !signal.aborted; files = queue.shift()) {
      for (const run of await runFiles(files, { cwd, timeoutMs, signal, onStderr, env: allEnv })) {
        const tally = tallyOf(run);
        total = addTallies(total, tally);
        seconds.set(run.file, run.seconds);
        for (const line of describeFile(run, tally, cwd)) write(line);
        if (tally.failed === 0) continue;
        const ends = run.ends.filter(({ outcome }) => outcome === "failed");
        failures.push({ file: run.file, lines: describeFile({ ...run, ends }, tally, cwd) });
        if (run.stdout !== "") write(indent(`standard output:\n${run.stdout.trimEnd()}`));
      }
    }
  };
  const lanes = Promise.all(Array.from({ length: concurrency }, lane));
  const later = Array.from({ length: concurrencyAlone - concurrency }, async () => {
    // Nothing is left to do when the other lanes end first.
    await Promise.race([alone, lanes]);
    await lane();
  });
  await Promise.all([lanes, ...later]);
  return { tally: total, seconds, failures };
}

function tallyOf({ ends, fault }: FileRun): Tally {
  const count = (wanted: TestEnd["outcome"]) => ends.filter(({ outcome }) => outcome === wanted).length;
  return {
    passed: count("passed"),
    failed: count("failed") + (fault === undefined ? 0 : 1),
    skipped: count("skipped"),
  };
}

function describeFile(run: FileRun, tally: Tally, cwd: string): readonly string[] {
  const sign = tally.failed > 0 ? "✗" : "✓";
  const lines = [`${sign} ${run.file}: ${printTally(tally)} (${run.seconds.toFixed(1)} s)`];
  for (const { outcome, name, reason, line, error, file: path = run.file } of run.ends) {
    if (reason !== undefined) lines.push(`  - skipped: ${name}: ${reason}`);
    if (outcome === "failed") {
      lines.push(`  ✗ ${name}`, indent(`at ${relative(cwd, path)}:${String(line)}\n${error ?? ""}`));
    }
  }
  if (run.fault !== undefined) lines.push(`  ✗ ${run.fault}`);
  return lines;
}

function indent(text: string): string {
  return text.replace(/^/gm, "      ");
}
