import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { GuideFault } from "./guide-fault.ts";
import type { GuidePage, GuideStep } from "./guide-page.ts";
import { GuideShell, type ShellPlace } from "./guide-shell.ts";
import { stepFault } from "./step-fault.ts";

/** Where a guide runs. */
export interface GuidePlace extends ShellPlace {
  /** Names of everything that a guide may make and has to take away again. */
  standing(): Promise<readonly string[]>;
}

export interface GuideRun {
  readonly place: GuidePlace;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The time that one step may take; 4 minutes by default. */
  readonly limitMs?: number;
  /** Leaves everything as it is when a step fails. */
  readonly keep?: boolean;
}

/** A step that takes less is only said to begin. */
const briefMs = 3_000;
const commandLength = 90;

/**
 * Runs all steps of a guide, and returns how many there were. Throws `GuideFault` for the first one that is not as the
 * page says, and when the guide leaves something behind. After a failure the section "Clean up" is run, not after an
 * interruption.
 */
export async function runGuide(page: GuidePage, run: GuideRun): Promise<number> {
  const { place, signal, keep = false } = run;
  const before = await place.standing();
  try {
    await runSteps(page, page.steps, run);
  } catch (error) {
    if (!keep && !signal.aborted) await cleanUp(page, run);
    throw error;
  }
  signal.throwIfAborted();
  const after = await place.standing();
  const changes = [
    ...after.filter((name) => !before.includes(name)).map((name) => `${name} is left behind`),
    ...before.filter((name) => !after.includes(name)).map((name) => `${name} is gone`),
  ];
  if (changes.length > 0) {
    const line = page.cleanUp[0]?.line ?? 1;
    throw new GuideFault(page.path, line, `the guide does not clean up after itself: ${changes.join(", ")}`);
  }
  return page.steps.length;
}

async function runSteps(page: GuidePage, steps: readonly GuideStep[], run: GuideRun): Promise<void> {
  const { place, progress, signal, limitMs = 240_000 } = run;
  using folder = createTemporaryFolder("guide");
  using shell = new GuideShell({ ...place, page: page.path, folder: folder.path, limitMs });
  for (const step of steps) {
    const outcome = await progress.during(titleOf(page, step), () => shell.run(step, signal), briefMs);
    const fault = stepFault(page, step, outcome, limitMs);
    if (fault !== undefined) throw fault;
    if (!shell.isOpen) throw new GuideFault(page.path, outcome.line, "the step has ended the bash of the guide");
  }
}

/** Each step by itself, whatever became of the others. The fault that led here is told, not what these steps say. */
async function cleanUp(page: GuidePage, run: GuideRun): Promise<void> {
  for (const step of page.cleanUp) await runSteps(page, [step], run).catch(() => {});
}

function titleOf({ path }: GuidePage, { line, lines }: GuideStep): string {
  const first = lines.find((each) => each.trim() !== "") ?? "";
  const more = lines.length > 1 || first.length > commandLength ? " ..." : "";
  return `${path}:${line} ${first.slice(0, commandLength)}${more}`;
}
