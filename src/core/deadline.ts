import type { Clock } from "./clock.ts";
import { AppError } from "./errors.ts";

/** The options of every call that waits: the signal that aborts it, and the deadline at which it gives up. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** A time of the clock's `monotonicMs()`. Without it only the signal limits the call. */
  readonly deadlineMs?: number;
}

/**
 * Runs `start`, which settles the promise by the callbacks that it is given. It rejects with `Aborted` or `DeadlineExceeded`
 * when the caller's signal or deadline comes first. Then `onGiveUp` is called before the rejection.
 */
export function settleWithin<T>(
  clock: Clock,
  options: CallOptions,
  what: string,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  onGiveUp: (error: AppError) => AppError = (error) => error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { signal, deadlineMs } = options;
    let cancelTimer = (): void => {};
    const cleanUp = (): void => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    const giveUp = (error: AppError): void => {
      cleanUp();
      reject(onGiveUp(error));
    };
    const onAbort = (): void => {
      giveUp(new AppError("Aborted", `${what}: the caller gave up`, { cause: signal?.reason }));
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - clock.monotonicMs();
    const onDeadline = (): void => {
      giveUp(new AppError("DeadlineExceeded", `${what}: not done in the time allowed`));
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
