export interface RetryLimits {
  /** Delay after the first failure of a key; doubled by each further one. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** All keys together: retries a second, and how many may come at once. */
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The numbers of client-go's DefaultTypedControllerRateLimiter. */
export const controllerRetryLimits: RetryLimits = { initialMs: 5, maxMs: 1_000_000, ratePerSecond: 10, burst: 100 };

/** When a failed key may be tried again: the longer of its own exponential delay and a token bucket of all keys. */
export class RetryLimiter {
  readonly #limits: RetryLimits;
  readonly #failures = new Map<string, number>();
  #tokens: number;
  #filledAtMs: number | undefined;

  constructor(limits: RetryLimits = controllerRetryLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Counts a failure of the key and takes a token, on credit if need be. */
  nextDelayMs(key: string, nowMs: number): number {
    const { initialMs, maxMs } = this.#limits;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(maxMs, initialMs * 2 ** failures), this.#tokenDelayMs(nowMs));
  }

  /** The key has succeeded, or is given up. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  #tokenDelayMs(nowMs: number): number {
    const { ratePerSecond, burst } = this.#limits;
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * ratePerSecond) - 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / ratePerSecond) * 1000;
  }
}
