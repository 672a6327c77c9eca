export interface LoadLimits {
  /** Reviews that may be served at once; each may hold an NB transaction. */
  readonly maxRequests: number;
  /** Bytes of bodies that may be held at once, so that a flood of large bodies cannot take the memory. */
  readonly maxBodyBytes: number;
}

export const defaultLoadLimits: LoadLimits = { maxRequests: 1_024, maxBodyBytes: 64 * 1024 * 1024 };

/** One request's share of the load. */
export interface Admission {
  /** Claims memory for bytes that have arrived; false = there is none left. */
  readonly claim: (bytes: number) => boolean;
  /** Gives everything back. Once. */
  readonly leave: () => void;
}

/** Counts what is being served, refuses what is over the limits, and tells when nothing is left. */
export class Load {
  readonly #limits: LoadLimits;
  #requests = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: LoadLimits = defaultLoadLimits) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Undefined when the limit of requests is reached. */
  enter(): Admission | undefined {
    if (this.#requests >= this.#limits.maxRequests) return undefined;
    this.#requests += 1;
    let held = 0;
    return {
      claim: (bytes) => {
        if (this.#bytes + bytes > this.#limits.maxBodyBytes) return false;
        this.#bytes += bytes;
        held += bytes;
        return true;
      },
      leave: () => {
        this.#bytes -= held;
        this.#requests -= 1;
        if (this.#requests === 0) this.#tellIdle();
      },
    };
  }

  /** Calls `resolve` as soon as nothing is being served. */
  whenIdle(resolve: () => void): void {
    if (this.#requests === 0) resolve();
    else this.#waiting.push(resolve);
  }

  #tellIdle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
