export interface BucketLimits {
  readonly ratePerSecond: number;
  /** Number of tokens that may be taken at once. */
  readonly burst: number;
}

/** Limits a rate. A caller always gets a token at once, with the time to wait before it uses the token. */
export class TokenBucket {
  readonly #limits: BucketLimits;
  #tokens: number;
  #filledAtMs: number | undefined;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Takes one token. Returns the milliseconds until it may be used. */
  takeMs(nowMs: number): number {
    const { ratePerSecond, burst } = this.#limits;
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * ratePerSecond) - 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / ratePerSecond) * 1000;
  }
}
