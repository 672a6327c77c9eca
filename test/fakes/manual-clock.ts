import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers = new Set<Timer>();
  readonly epochMs: number;

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.epochMs = epochMs;
  }

  now(): number {
    return this.epochMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.after(ms, resolve);
      const onAbort = (): void => {
        cancel();
        reject(new AppError("Aborted", "the wait was aborted"));
      };
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, fn };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** The delays until the timers that wait, soonest first. */
  waiting(): readonly number[] {
    return [...this.#timers].map((timer) => timer.atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Lets time pass while nothing runs, as in a frozen process. Timers that came due fire at the next `advance`. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves on and fires the due timers in order. Promises settle between two timers. */
  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await settled();
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > until) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
      await settled();
    }
    this.#nowMs = until;
  }
}

/** Waits until everything that is ready has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
