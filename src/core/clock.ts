import { AppError } from "./errors.ts";

/** The time. Everything that waits or measures is given a clock; tests give their own. */
export interface Clock {
  /** Wall clock, in milliseconds since the epoch. It is for humans and certificates, never for ages. */
  now(): number;
  /** Milliseconds from a fixed moment of this process. This clock never jumps. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with `Aborted` when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`. The returned function cancels this. The timer does not keep the process alive. */
  after(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(new AppError("Aborted", "the wait was aborted", { cause: signal?.reason }));
      };
      const cancel = startTimer(ms, { isKept: true }, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  },
  after: (ms, fn) => startTimer(ms, { isKept: false }, fn),
};

/** Node's timers take 31 bits, and fire at once for more. So a wait of more than 24.8 days is made in steps. */
const longestStepMs = 2 ** 31 - 1;

/** Calls `fn` once after `ms`; the returned function cancels this. The process stays alive until then when `isKept` is true. */
function startTimer(ms: number, { isKept }: { readonly isKept: boolean }, fn: () => void): () => void {
  let timer: NodeJS.Timeout;
  const begin = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, longestStepMs);
    timer = setTimeout(() => (leftMs > stepMs ? begin(leftMs - stepMs) : fn()), stepMs);
    if (!isKept) timer.unref();
  };
  // The time is rounded to whole milliseconds, because Node keeps one list of timers for each duration.
  begin(Math.ceil(ms));
  return () => {
    clearTimeout(timer);
  };
}
