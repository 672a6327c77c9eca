import type { Clock } from "#src/core/clock.ts";

/**
 * Bounds how often the status of a Network is written: counts of addresses change with every pod, and each write costs the API
 * server and everybody who watches Networks.
 */
export class StatusPace {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #writtenAtMs = new Map<string, number>();

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** The time until the status may be written; 0 for now. A status with news is never late. */
  untilNext(uid: string, isNews: boolean): number {
    const writtenAtMs = this.#writtenAtMs.get(uid);
    if (isNews || writtenAtMs === undefined) return 0;
    return Math.max(0, writtenAtMs + this.#pauseMs - this.#clock.monotonicMs());
  }

  written(uid: string): void {
    this.#writtenAtMs.set(uid, this.#clock.monotonicMs());
  }

  forget(uid: string): void {
    this.#writtenAtMs.delete(uid);
  }
}
