// `npm run guide`: runs the commands of tutorials in docs/guides in the lab, so that what they say is true.
import { bringLabUp, currentLab, takeLabDown } from "#lab/cluster/kept-lab.ts";
import { labLockName } from "#lab/cluster/lab.ts";
import { type LabState, readLabState } from "#lab/cluster/lab-state.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { fromEmptyCluster, runFromEmptyCluster } from "./empty-cluster.ts";
import { GuideFault } from "./guide-fault.ts";
import type { GuidePage } from "./guide-page.ts";
import { readGuidePages } from "./guide-pages.ts";
import { guideUsage, listGuides, readGuideWords } from "./guide-words.ts";
import { labPlace } from "./lab-place.ts";
import { runGuide } from "./run-guide.ts";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const progress = new Progress(print);

async function main(words: readonly string[]): Promise<number> {
  const pages = readGuidePages();
  const asked = readGuideWords(words, pages);
  switch (asked.kind) {
    case "wrong":
      console.error(asked.message);
      return 2;
    case "help":
      print(guideUsage);
      return 0;
    case "list":
      print(`${listGuides(pages)}\n\n${guideUsage}`);
      return 0;
    case "run":
      return await runWhereTheyBelong(asked.pages, asked.keep);
  }
}

/** Guides that begin with an empty cluster have a lab each, and the others share one. Gives the exit status. */
async function runWhereTheyBelong(pages: readonly GuidePage[], keep: boolean): Promise<number> {
  const empty = pages.filter(({ name }) => fromEmptyCluster.has(name));
  const others = pages.filter(({ name }) => !fromEmptyCluster.has(name));
  const status = others.length === 0 ? 0 : await inLab(keep, (state, signal) => runAll(others, state, signal, keep));
  if (status !== 0 || empty.length === 0) return status;
  const signal = stopSignal();
  let failed = 0;
  for (const page of empty) {
    if (!(await tellOutcome(page, () => runFromEmptyCluster(page, { progress, signal })))) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** Has `work` done in the lab that is up, else in one that is taken down afterwards, unless it is to be kept. */
async function inLab(keep: boolean, work: (state: LabState, signal: AbortSignal) => Promise<number>): Promise<number> {
  const holder = await MachineLock.holder(labLockName);
  const isUp = readLabState(holder) !== undefined;
  if (holder !== undefined && !isUp) {
    progress.say(`waiting for process ${holder}, which has a lab of its own`);
    await MachineLock.whileHeld(labLockName, () => {});
  }
  const state = isUp ? await currentLab() : await bringLabUp(print);
  try {
    return await work(state, stopSignal());
  } finally {
    if (!isUp && !keep) await takeLabDown();
  }
}

/** Aborts at Ctrl-C or SIGTERM; the second time this process ends at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort(new Error("interrupted"));
    });
  }
  return stop.signal;
}

async function runAll(
  pages: readonly GuidePage[],
  state: LabState,
  signal: AbortSignal,
  keep: boolean,
): Promise<number> {
  using folder = createTemporaryFolder("guides");
  const place = await labPlace(state, folder.path);
  let failed = 0;
  for (const page of pages) {
    if (await tellOutcome(page, () => runGuide(page, { place, progress, signal, keep }))) continue;
    failed += 1;
    if (keep || signal.aborted) break;
  }
  return failed === 0 ? 0 : 1;
}

/** Prints what became of a guide. False when it failed. */
async function tellOutcome({ name }: GuidePage, run: () => Promise<number>): Promise<boolean> {
  try {
    print(`guide ${name}: ok steps=${await run()}`);
    return true;
  } catch (error) {
    if (!(error instanceof GuideFault)) throw error;
    print(`${error.message}\nguide ${name}: failed at ${error.page}:${error.line}`);
    return false;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(fromUnknown(error).message);
  process.exitCode = 1;
}
