export interface LoadLimits {
  /** So many reviews may be served at once. Each may wait for an NB transaction. */
  readonly maxRequests: number;
  /** Bodies may hold so many bytes at once, so that many large ones cannot take all memory. */
  readonly maxBodyBytes: number;
}

export const defaultLoadLimits: LoadLimits = { maxRequests: 1_024, maxBodyBytes: 64 * 1024 * 1024 };

/** The share that one request has of the load. */
export interface Admission {
  /** Counts bytes that have arrived; false when they are over the limit. */
  readonly take: (bytes: number) => boolean;
  /** Gives everything back. It must be called once. */
  readonly leave: () => void;
}

/** Counts what is being served, refuses what is over the limits, and tells when nothing is being served. */
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

  /** Counts a request; undefined when the limit is reached. */
  enter(): Admission | undefined {
    if (this.#requests >= this.#limits.maxRequests) return undefined;
    this.#requests += 1;
    let held = 0;
    return {
      take: (bytes) => {
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
