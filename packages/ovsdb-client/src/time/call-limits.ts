import { OvsdbError } from "../errors/ovsdb-error.ts";
import type { OvsdbClock } from "./clock.ts";

/** The limits of one call: who may abort it, and until when it may take. */
export interface CallLimits {
  readonly signal?: AbortSignal;
  /**
   * On the scale of the clock's `monotonicMs()`, by default `performance.now()`; absent: the signal is the only limit.
   */
  readonly deadlineMs?: number;
}

/**
 * Runs `start` with callbacks to settle it once, and rejects with `Aborted` or `DeadlineExceeded` when the caller's
 * signal or deadline comes first. `onGiveUp` is called in that case, before the rejection.
 */
export function settleInTime<T>(
  clock: OvsdbClock,
  limits: CallLimits,
  what: string,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  onGiveUp: (error: OvsdbError) => OvsdbError = (error) => error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { signal, deadlineMs } = limits;
    let cancelTimer = (): void => {};
    const cleanUp = (): void => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    const giveUp = (error: OvsdbError): void => {
      cleanUp();
      reject(onGiveUp(error));
    };
    const onAbort = (): void => {
      giveUp(new OvsdbError("Aborted", `${what}: the caller gave up`, { cause: signal?.reason }));
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - clock.monotonicMs();
    const onDeadline = (): void => {
      giveUp(new OvsdbError("DeadlineExceeded", `${what}: not done in the time allowed`));
    };
    if (leftMs !== undefined && leftMs <= 0) {
      onDeadline();
      return;
    }
    if (leftMs !== undefined) cancelTimer = clock.after(leftMs, onDeadline);
    signal?.addEventListener("abort", onAbort, { once: true });
    start(
      (value) => {
        cleanUp();
        resolve(value);
      },
      (error) => {
        cleanUp();
        reject(error);
      },
    );
  });
}
