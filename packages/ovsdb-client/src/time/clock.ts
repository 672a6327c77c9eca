// Time as it is handed to everything that waits or measures, so that tests can hand in their own.
import { OvsdbError } from "../errors/ovsdb-error.ts";

/** The clock of a client. */
export interface OvsdbClock {
  /** Milliseconds from a fixed point of this process; it never jumps. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`; the function that it returns cancels that. It does not keep the process alive. */
  after(ms: number, fn: () => void): () => void;
}

/** The clock of Node: `monotonicMs` is `performance.now()`. */
export const processClock: OvsdbClock = {
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(new OvsdbError("Aborted", "the wait was aborted", { cause: signal?.reason }));
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
