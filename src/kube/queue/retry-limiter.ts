import { type BucketLimits, TokenBucket } from "./token-bucket.ts";

/** Limits of retries. The rate and the burst are for all keys together. */
export interface RetryLimits extends BucketLimits {
  /** Delay after the first failure of a key. Each further failure doubles it. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/** The numbers of client-go's DefaultTypedControllerRateLimiter. */
export const controllerRetryLimits: RetryLimits = { initialMs: 5, maxMs: 1_000_000, ratePerSecond: 10, burst: 100 };

/**
 * For the rows by which traffic leaves: a write fails whenever others changed what it was decided on, as pods do in a burst, and a
 * member that is gone must not stay in them for long.
 */
export const gatewayRetryLimits: RetryLimits = { ...controllerRetryLimits, maxMs: 2_000 };

/** Says when a failed key may be tried again: after its own exponential delay, or after that of a token bucket for all keys. */
export class RetryLimiter {
  readonly #limits: RetryLimits;
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;

  constructor(limits: RetryLimits = controllerRetryLimits) {
    this.#limits = limits;
    this.#bucket = new TokenBucket(limits);
  }

  /** Counts a failure of the key, takes a token, and gives the longer of the two delays. */
  nextDelayMs(key: string, nowMs: number): number {
    const { initialMs, maxMs } = this.#limits;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(maxMs, initialMs * 2 ** failures), this.#bucket.takeMs(nowMs));
  }

  /** Call it when the key has succeeded, or is given up. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}
