/** The delays between rounds over all endpoints: `initialMs * factor^n`, at most `maxMs`, with jitter. */
export interface ReconnectDelayOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** The part of the delay, from 0 to 1, that may be added at random. */
  readonly jitter: number;
  /** A session that lived this long starts the sequence over. */
  readonly resetAfterMs: number;
}

/** The next delays of one client. */
export class ReconnectDelay {
  readonly #options: ReconnectDelayOptions;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: ReconnectDelayOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Milliseconds until the next round; `livedMs` is how long the last session lived. */
  nextMs(livedMs = 0): number {
    const { initialMs, maxMs, factor, jitter, resetAfterMs } = this.#options;
    if (livedMs >= resetAfterMs) this.#attempt = 0;
    const base = Math.min(maxMs, initialMs * factor ** this.#attempt);
    this.#attempt += 1;
    return base * (1 + jitter * this.#random());
  }
}
