import { type BucketLimits, TokenBucket } from "./token-bucket.ts";

/** The bucket's limits are for all keys together. */
export interface RetryLimits extends BucketLimits {
  /** Delay after the first failure of a key; doubled by each further one. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/** The numbers of client-go's DefaultTypedControllerRateLimiter. */
export const controllerRetryLimits: RetryLimits = { initialMs: 5, maxMs: 1_000_000, ratePerSecond: 10, burst: 100 };

/** When a failed key may be tried again: the longer of its own exponential delay and a token bucket of all keys. */
export class RetryLimiter {
  readonly #limits: RetryLimits;
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;

  constructor(limits: RetryLimits = controllerRetryLimits) {
    this.#limits = limits;
    this.#bucket = new TokenBucket(limits);
  }

  /** Counts a failure of the key and takes a token, on credit if need be. */
  nextDelayMs(key: string, nowMs: number): number {
    const { initialMs, maxMs } = this.#limits;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(maxMs, initialMs * 2 ** failures), this.#bucket.takeMs(nowMs));
  }

  /** The key has succeeded, or is given up. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}
