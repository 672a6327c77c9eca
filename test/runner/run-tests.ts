import { root } from "#tools/source-files.ts";
import { type Phase, selectTests } from "./phases.ts";
import { prepareRealPrograms } from "./prepare.ts";
import { runPhase } from "./run-phase.ts";
import { addTallies, emptyTally, printTally } from "./tally.ts";

/**
 * Runs the phases that `words` choose, and resolves to the exit status. The last line is `N passed, N failed, N skipped`.
 * Nothing chosen, or nothing run, is a failure.
 */
export async function runTests(
  phases: readonly Phase[],
  words: readonly string[],
  cwd: string = root,
): Promise<number> {
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  const selected = selectTests(phases, words, cwd);
  const startedMs = performance.now();
  let total = emptyTally;
  let isPrepared = false;
  for (const one of selected) {
    if (stop.signal.aborted) break;
    if (one.phase.real === true && !isPrepared) await prepareRealPrograms(write);
    isPrepared ||= one.phase.real === true;
    write(`\n== ${one.phase.name}: ${String(one.files.length)} files`);
    total = addTallies(total, await runPhase(one, cwd, write, stop.signal));
  }
  const names = phases.map(({ name }) => name).join(", ");
  if (selected.length === 0) write(`no test file matches ${words.join(" ") || "any phase"}; the phases are ${names}`);
  if (stop.signal.aborted) write("stopped before the end");
  write(`\n${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  write(printTally(total));
  return total.failed === 0 && total.passed > 0 && !stop.signal.aborted ? 0 : 1;
}
