import type { OvsdbClock } from "../time/clock.ts";

export interface SilenceActions {
  /** Ask for a sign of life. */
  probe(): void;
  /** There was none; the watch is over. */
  dead(silentMs: number): void;
}

/** Probes a peer that has said nothing for an interval, and gives it up when it says nothing for another one. */
export class SilenceWatch {
  readonly #clock: OvsdbClock;
  readonly #intervalMs: number;
  readonly #actions: SilenceActions;
  #heardMs: number;
  #probedMs: number | undefined;
  #cancel: () => void = () => {};

  /** An interval of 0 watches nothing. */
  constructor(clock: OvsdbClock, intervalMs: number, actions: SilenceActions) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#actions = actions;
    this.#heardMs = clock.monotonicMs();
    if (intervalMs > 0) this.#lookAfter(intervalMs);
  }

  /** The peer said something. Costs a look at the clock only. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  #lookAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#look();
    });
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    const silentMs = nowMs - this.#heardMs;
    if (silentMs < this.#intervalMs) {
      this.#probedMs = undefined;
      this.#lookAfter(this.#intervalMs - silentMs);
    } else if (this.#probedMs === undefined || this.#probedMs < this.#heardMs) {
      this.#probedMs = nowMs;
      this.#actions.probe();
      this.#lookAfter(this.#intervalMs);
    } else {
      this.#actions.dead(silentMs);
    }
  }
}
