// Time as it is handed to everything that waits or measures, so that tests can hand in their own.
import { setTimeout as delay } from "node:timers/promises";
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
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (cause) {
      throw new OvsdbError("Aborted", "the wait was aborted", { cause });
    }
  },
  after(ms, fn) {
    // Whole milliseconds, because Node keeps one list of timers for each duration.
    const timer = setTimeout(fn, Math.ceil(ms));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
