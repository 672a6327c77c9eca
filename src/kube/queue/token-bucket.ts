export interface BucketLimits {
  readonly ratePerSecond: number;
  /** Number of tokens that may be taken at once. */
  readonly burst: number;
}

/** Limits a rate. A caller of `takeMs` always gets a token, with the time to wait before it uses the token. */
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
    this.#fill(nowMs);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#limits.ratePerSecond) * 1000;
  }

  /** Takes a token only when it may be used at once. */
  tryTake(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(nowMs: number): void {
    const { ratePerSecond, burst } = this.#limits;
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * ratePerSecond);
  }
}
