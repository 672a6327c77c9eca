import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";

/** Tells when reservations are bound or given back, to those who wait for room below a cap. */
export class ReservationWatch {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #lastBindMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastBindMs = clock.monotonicMs();
  }

  /** Monotonic time of the last binding seen; the start of this process before the first. */
  get lastBindMs(): number {
    return this.#lastBindMs;
  }

  /** `counted`: one that was let in is in the index now, or was not made. */
  ended(how: "bound" | "removed" | "counted"): void {
    if (how === "bound") this.#lastBindMs = this.#clock.monotonicMs();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `ended`, on whatever switch. Throws `DeadlineExceeded` or `Aborted`. */
  async next(options: CallOptions): Promise<void> {
    let wake = (): void => {};
    try {
      await settleWithin<undefined>(this.#clock, options, "waiting for a reservation to end", (resolve) => {
        wake = () => {
          resolve(undefined);
        };
        this.#waiting.add(wake);
      });
    } finally {
      this.#waiting.delete(wake);
    }
  }
}
