import { readFileSync, watch } from "node:fs";
import { systemClock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Readiness } from "./process.ts";

/** Waits until a line of the log matches. Rejects with the reason of the signal. */
export function untilLine(pattern: RegExp): Readiness {
  return ({ logFile, logStart }, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(fromUnknown(signal.reason));
      });
      const watcher = watch(logFile, { signal }, look);
      function look(): void {
        if (!pattern.test(readFileSync(logFile).subarray(logStart).toString("utf8"))) return;
        watcher.close();
        resolve();
      }
      look();
    });
}

/** Waits until `probe` says true. It asks again after `intervalMs`, for things that cannot be watched. */
export function untilProbe(probe: (signal: AbortSignal) => Promise<boolean>, intervalMs = 50): Readiness {
  return async (_, signal) => {
    while (!(await probe(signal))) await systemClock.sleep(intervalMs, signal);
  };
}
