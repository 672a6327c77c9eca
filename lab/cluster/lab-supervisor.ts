import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { fromUnknown } from "#src/core/errors.ts";
import { Lab, prepareLab } from "./lab.ts";
import { bareLabAddOns, labAddOns } from "./lab-add-ons.ts";
import type { WantedLab } from "./wanted-lab.ts";
import { describeLab, labLogFile, writeLabState } from "./lab-state.ts";
import { Progress } from "#tools/process/progress.ts";

/** The messages from the supervisor to the process that started it. */
type Report =
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "up" }
  | { readonly kind: "failed"; readonly message: string };

const stopSignals = ["SIGTERM", "SIGINT"] as const;

/** Keeps the lab: brings it up, reports, and takes it down at SIGTERM. */
export async function superviseLab(wanted: WantedLab): Promise<void> {
  const report = (message: Report): void => {
    if (process.connected) process.send?.(message);
  };
  const progress = new Progress((line) => {
    process.stderr.write(`${line}\n`);
    report({ kind: "progress", line });
  });
  try {
    // Until now a signal ends us at once.
    await prepareLab(progress);
    await keepLab(wanted, progress, report);
  } catch (error) {
    const { message } = fromUnknown(error);
    process.stderr.write(`${message}\n`);
    report({ kind: "failed", message });
    process.exitCode = 1;
  }
  if (process.connected) process.disconnect();
}

async function keepLab(
  { nodes, isBare }: WantedLab,
  progress: Progress,
  report: (message: Report) => void,
): Promise<void> {
  const stop = new AbortController();
  const onStop = (): void => {
    stop.abort(new Error("told to stop"));
  };
  for (const signal of stopSignals) process.on(signal, onStop);
  // The process that started us is gone before the lab is up.
  process.once("disconnect", onStop);
  await using lab = await Lab.start({
    progress,
    nodes,
    isBare,
    addOns: isBare ? bareLabAddOns : labAddOns,
    signal: stop.signal,
  });
  process.off("disconnect", onStop);
  writeLabState(describeLab(lab));
  report({ kind: "up" });
  if (!stop.signal.aborted) await untilAborted(stop.signal);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // A promise that waits does not keep a process alive.
    const keepAlive = setInterval(() => {}, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
}

/** Starts a supervisor that outlives us, and shows its progress until the lab is up. Throws the error of the supervisor. */
export function startSupervisor(program: readonly string[], show: (line: string) => void): Promise<void> {
  const logFile = labLogFile();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, [...program], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  // Ctrl-C reaches only us, so we pass it on.
  const passOn = (): void => void child.kill("SIGTERM");
  for (const signal of stopSignals) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.on("message", (message) => {
      const report = message as Report;
      if (report.kind === "progress") show(report.line);
      else if (report.kind === "failed") reject(new Error(report.message));
      else {
        child.disconnect();
        child.unref();
        for (const signal of stopSignals) process.off(signal, passOn);
        resolve();
      }
    });
    child.once("exit", (code) => {
      reject(new Error(`the lab's process ended with code ${code}; see ${logFile}`));
    });
  });
}
