import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";

/** Tells when reservations are bound, or their rows were removed, to those who wait for room below a cap. */
export class ReservationWatch {
  readonly #clock: Clock;
  readonly #ends: KeyedNotifier<void>;
  readonly #onBound = new Set<(allocation: string) => void>();
  #lastBindMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ends = new KeyedNotifier(clock, () => "waiting for a reservation to end");
    this.#lastBindMs = clock.monotonicMs();
  }

  /** Monotonic time of the last binding seen; before the first one, the start of this process. */
  get lastBindMs(): number {
    return this.#lastBindMs;
  }

  /** `counted`: a reservation that was let in is in the index now, or was not made. */
  ended(how: "bound" | "removed" | "counted"): void {
    if (how === "bound") this.#lastBindMs = this.#clock.monotonicMs();
    this.#ends.notify();
  }

  /** Called for each port that is bound, or that is seen with the pod that holds it. */
  held(allocation: string): void {
    for (const listener of this.#onBound) listener(allocation);
  }

  /** Calls `listener` with each allocation that a stored pod holds, maybe several times. The function that it returns ends that. */
  onBound(listener: (allocation: string) => void): () => void {
    this.#onBound.add(listener);
    return () => {
      this.#onBound.delete(listener);
    };
  }

  /** Resolves at the next `ended`, on whatever switch. Throws `DeadlineExceeded` or `Aborted`. */
  next(options: CallOptions): Promise<void> {
    return this.#ends.next(undefined, options);
  }
}
