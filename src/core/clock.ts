import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "./errors.ts";

/** Time as it is handed to everything that waits or measures; tests hand in their own. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For humans and certificates, never for ages. */
  now(): number;
  /** Milliseconds from a fixed point of this process; never jumps. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with `Aborted` when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (cause) {
      throw new AppError("Aborted", "the wait was aborted", { cause });
    }
  },
  after(ms, fn) {
    // Whole milliseconds: Node keeps one list of timers for each duration.
    const timer = setTimeout(fn, Math.ceil(ms));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
