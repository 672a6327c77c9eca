export interface BucketLimits {
  readonly ratePerSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

/** Tells how long to wait so that a rate is kept; gives tokens on credit, so waits queue up behind each other. */
export class TokenBucket {
  readonly #limits: BucketLimits;
  #tokens: number;
  #filledAtMs: number | undefined;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Takes one token; returns the milliseconds until it may be used. */
  takeMs(nowMs: number): number {
    const { ratePerSecond, burst } = this.#limits;
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * ratePerSecond) - 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / ratePerSecond) * 1000;
  }
}
