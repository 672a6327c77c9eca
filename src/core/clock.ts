import { setTimeout as delay } from "node:timers/promises";
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
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (cause) {
      throw new AppError("Aborted", "the wait was aborted", { cause });
    }
  },
  after(ms, fn) {
    // The time is rounded to whole milliseconds, because Node keeps one list of timers for each duration.
    const timer = setTimeout(fn, Math.ceil(ms));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
