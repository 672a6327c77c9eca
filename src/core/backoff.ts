/** Exponential back-off: `initialMs * factor^n`, capped, with jitter. It starts over after a healthy period. */
export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** The part of the delay, from 0 to 1, that may be added at random. */
  readonly jitter: number;
  /** A success that lasted this long starts the sequence over. */
  readonly resetAfterMs: number;
}

/** The numbers of client-go's reflector. */
export const reflectorBackoff: BackoffOptions = {
  initialMs: 800,
  maxMs: 30_000,
  factor: 2,
  jitter: 1,
  resetAfterMs: 120_000,
};

/** Gives the delays between the attempts at one thing. Each thing that is retried has its own. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. `healthyMs` is the time for which the last attempt worked. */
  nextMs(healthyMs = 0): number {
    const { initialMs, maxMs, factor, jitter, resetAfterMs } = this.#options;
    if (healthyMs >= resetAfterMs) this.#attempt = 0;
    const base = Math.min(maxMs, initialMs * factor ** this.#attempt);
    this.#attempt += 1;
    return base * (1 + jitter * this.#random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
