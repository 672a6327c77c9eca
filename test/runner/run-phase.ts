// One phase: its files, some at once; a line for each as it ends, failures with where and why.
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import type { Selected } from "./phases.ts";
import { type FileRun, runFile, type TestEnd } from "./run-file.ts";
import { addTallies, emptyTally, printTally, type Tally } from "./tally.ts";

/** Runs the files of a phase and tells `write` what happens; the signal ends all of it. */
export async function runPhase(
  { phase, files }: Selected,
  cwd: string,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<Tally> {
  const queue = [...files];
  let total = emptyTally;
  const lane = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !signal.aborted; file = queue.shift()) {
      const onStderr = (text: string): void => {
        write(text.trimEnd());
      };
      const run = await runFile(file, { cwd, timeoutMs: phase.timeoutMs, signal, onStderr });
      const tally = tallyOf(run);
      total = addTallies(total, tally);
      for (const line of describeFile(file, run, tally, cwd)) write(line);
    }
  };
  await Promise.all(Array.from({ length: phase.concurrency ?? Math.max(2, availableParallelism()) }, lane));
  return total;
}

function tallyOf({ ends, fault }: FileRun): Tally {
  const count = (wanted: TestEnd["outcome"]) => ends.filter(({ outcome }) => outcome === wanted).length;
  return {
    passed: count("passed"),
    failed: count("failed") + (fault === undefined ? 0 : 1),
    skipped: count("skipped"),
  };
}

function describeFile(file: string, run: FileRun, tally: Tally, cwd: string): readonly string[] {
  const sign = tally.failed > 0 ? "✗" : "✓";
  const lines = [`${sign} ${file}: ${printTally(tally)} (${run.seconds.toFixed(1)} s)`];
  for (const { outcome, name, reason, line, error, file: path = file } of run.ends) {
    if (reason !== undefined) lines.push(`  - skipped: ${name}: ${reason}`);
    if (outcome === "failed") {
      lines.push(`  ✗ ${name}`, indent(`at ${relative(cwd, path)}:${String(line)}\n${error ?? ""}`));
    }
  }
  if (run.fault !== undefined) lines.push(`  ✗ ${run.fault}`);
  if (tally.failed > 0 && run.stdout !== "") lines.push(indent(`standard output:\n${run.stdout.trimEnd()}`));
  return lines;
}

function indent(text: string): string {
  return text.replace(/^/gm, "      ");
}
