import { join } from "node:path";
import { root } from "#tools/source-files.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { stderrProgress } from "#tools/process/progress.ts";
import { labLockName, removeLeftovers } from "./lab.ts";
import { type LabState, readLabState, removeLabState } from "./lab-state.ts";
import { startSupervisor } from "./lab-supervisor.ts";

/** The program that keeps a lab when it is started with the word `supervise` and the arguments of the lab. */
const supervisor = join(root, "lab/main.ts");

/** Brings up a lab that outlives this process, unless there is one. `show` is told the progress; `args` are those of `up`. */
export async function bringLabUp(show: (line: string) => void, args: readonly string[] = []): Promise<LabState> {
  if (process.getuid?.() !== 0) throw new Error("the lab makes network namespaces and cgroups: run it as root");
  if ((await MachineLock.holder(labLockName)) === undefined)
    await startSupervisor([supervisor, "supervise", ...args], show);
  return currentLab();
}

/** Takes down the lab that `bringLabUp` made, and what a lab left whose process was killed. */
export async function takeLabDown(): Promise<void> {
  const holder = await MachineLock.holder(labLockName);
  if (holder === undefined) {
    using _lock = await MachineLock.acquire(labLockName);
    await removeLeftovers();
    console.error("no lab is up");
  } else {
    // This throws for a lab that a test run has for itself.
    await currentLab();
    await stderrProgress().during("taking the lab down", async () => {
      process.kill(holder, "SIGTERM");
      await MachineLock.whileHeld(labLockName, () => {});
    });
  }
  removeLabState();
}

/** The lab that `bringLabUp` made. Throws when there is none, or when a test run has one of its own. */
export async function currentLab(): Promise<LabState> {
  const holder = await MachineLock.holder(labLockName);
  if (holder === undefined) throw new Error("no lab is up; `npm run lab` brings one up");
  const state = readLabState(holder);
  if (state === undefined) throw new Error(`process ${holder} has a lab of its own, or is still bringing one up`);
  return state;
}
