import { join } from "node:path";
import { bundle, startedFile } from "#tools/build/bundle.ts";
import { productVariable } from "#tools/build/product-file.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { durationsFile, readDurations, storeDurations } from "./durations.ts";
import { isWhole, type Phase, type Selected, selectTests, wantsOwn } from "./phases.ts";
import { notStarted, type PhaseResult } from "./phase-result.ts";
import { prepareRealPrograms } from "./prepare.ts";
import { type PhasePrograms, printVersions, programsOf, whyNotRun } from "./phase-programs.ts";
import { runPhase } from "./run-phase.ts";
import { addTallies, emptyTally, printTally } from "./tally.ts";

type OwnPrograms = Extract<PhasePrograms, { kind: "run" }>;

interface RunOptions {
  readonly cwd?: string;
  /** The file that keeps the time of each test file. */
  readonly durations?: string;
  /** Told of each phase that wants programs of its own, and of which every file ran. */
  readonly onResult?: (result: PhaseResult) => void;
}

/**
 * Runs the phases that `words` choose, and resolves to the exit status. Failures are repeated at the end, where they are
 * found in a long output. The last line is `N passed, N failed, N skipped`. It is a failure when nothing is chosen or
 * nothing runs.
 */
export async function runTests(
  phases: readonly Phase[],
  words: readonly string[],
  { cwd = root, durations = durationsFile(), onResult }: RunOptions = {},
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
  const known = readDurations(durations);
  const measured = new Map<string, number>();
  let total = emptyTally;
  const failed: string[] = [];
  // Programs are downloaded and built while the phases run that do not need them. Among them is the product as it is shipped.
  using product = createTemporaryFolder("product");
  const prepared = selected.some(({ phase }) => phase.real)
    ? Promise.all([prepareRealPrograms(write), bundle({ folder: product.path })])
    : undefined;
  // The phase that runs beside the others. The next one of that kind waits for it.
  let beside: Promise<void> = Promise.resolve();
  const run = async (one: Selected, programs: OwnPrograms | undefined): Promise<void> => {
    const own = one.phase.real ? { [productVariable]: join(product.path, startedFile) } : {};
    const env = { ...own, ...programs?.env };
    const options = { cwd, write, signal: stop.signal, durations: known, alone: beside, env };
    const { tally, failures, seconds } = await runPhase(one, options);
    if (programs !== undefined && isWhole(one, cwd) && seconds.size === one.files.length) {
      const files = failures.map(({ file }) => file);
      onResult?.({ phase: one.phase.name, versions: programs.versions, tally, failures: files });
    }
    failed.push(...failures.flatMap(({ lines }) => lines));
    total = addTallies(total, tally);
    for (const [file, each] of seconds) measured.set(file, each);
  };
  for (const one of selected) {
    if (one.phase.real) await prepared;
    if (one.phase.beside) await beside;
    if (stop.signal.aborted) break;
    const more = one.phase.beside ? ", beside the phases that follow" : "";
    const title = `\n== ${one.phase.name}: ${String(one.files.length)} files${more}`;
    const programs = wantsOwn(one.phase) ? await programsOf(one.phase) : undefined;
    if (programs !== undefined && programs.kind !== "run") {
      const why = whyNotRun(programs);
      write(`${title}: ${why}`);
      if (programs.kind === "failed") {
        total = addTallies(total, { ...emptyTally, failed: 1 });
        failed.push(`✗ ${one.phase.name}: ${why}`);
      }
      if (programs.kind !== "same") onResult?.(notStarted(one.phase, why));
      continue;
    }
    write(programs === undefined ? title : `${title}, on ${printVersions(programs.versions)}`);
    const running = run(one, programs);
    if (one.phase.beside) {
      beside = running;
      // Its errors are thrown where it is waited for.
      beside.catch(() => {});
    } else await running;
  }
  await beside;
  storeDurations(measured, durations);
  const names = phases.map(({ name }) => name).join(", ");
  if (selected.length === 0) write(`no test file matches ${words.join(" ") || "any phase"}; the phases are ${names}`);
  if (failed.length > 0) write(`\n== what has failed\n${failed.join("\n")}`);
  if (stop.signal.aborted) write("stopped before the end");
  write(`\n${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  write(printTally(total));
  return total.failed === 0 && total.passed > 0 && !stop.signal.aborted ? 0 : 1;
}
