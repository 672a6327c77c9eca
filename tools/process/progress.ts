import { type Clock, systemClock } from "#src/core/clock.ts";

const heartbeatMs = 10_000;

/** Tells people what takes long: prints lines with the seconds since the start, and a sign of life every 10 seconds. */
export class Progress {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(write: (line: string) => void, clock: Clock = systemClock) {
    this.#write = write;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  say(text: string): void {
    const seconds = (this.#clock.monotonicMs() - this.#startMs) / 1000;
    this.#write(`[${seconds.toFixed(1).padStart(6)} s] ${text}`);
  }

  /**
   * Prints a line when `work` begins, lines while it goes on (with its last detail), and the time that it took, unless
   * that was less than `briefMs`.
   */
  async during<T>(what: string, work: (detail: (text: string) => void) => Promise<T>, briefMs = 0): Promise<T> {
    const beganMs = this.#clock.monotonicMs();
    const elapsed = (): string => `${((this.#clock.monotonicMs() - beganMs) / 1000).toFixed(1)} s`;
    let lastDetail = "";
    let cancel = (): void => {};
    const beat = (): void => {
      cancel = this.#clock.after(heartbeatMs, () => {
        this.say(`${what}: ${elapsed()}${lastDetail === "" ? "" : `, ${lastDetail}`}`);
        beat();
      });
    };
    this.say(what);
    beat();
    try {
      const result = await work((text) => {
        lastDetail = text;
      });
      if (this.#clock.monotonicMs() - beganMs >= briefMs) this.say(`${what}: done in ${elapsed()}`);
      return result;
    } finally {
      cancel();
    }
  }
}

/** Makes a Progress that prints to stderr, so that stdout has results only. */
export function stderrProgress(): Progress {
  return new Progress((line) => process.stderr.write(`${line}\n`));
}

export const silentProgress = new Progress(() => {});
