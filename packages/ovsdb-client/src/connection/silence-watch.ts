import type { OvsdbClock } from "../time/clock.ts";

/** Called by the watch when the peer is silent. */
export interface SilenceActions {
  /** Asks the peer for a sign of life. */
  probe(): void;
  /** Ends the connection: there was no sign of life. The watch is over. */
  dead(silentMs: number): void;
}

/**
 * A peer that works on a long answer is given up after so many silent intervals. ovsdb-server has one thread: it says
 * nothing while it puts many rows together. A client that gives it up and asks again makes it begin anew, without end.
 */
const patientIntervals = 12;

/** Probes a peer that was silent for an interval, and gives it up when it is silent for another one. */
export class SilenceWatch {
  readonly #clock: OvsdbClock;
  readonly #intervalMs: number;
  readonly #actions: SilenceActions;
  #heardMs: number;
  #probedMs: number | undefined;
  #cancel: () => void = () => {};

  /** True while the peer works on an answer for which it may be silent for long. */
  isPatient = false;

  /** With an interval of 0 there is no watch. */
  constructor(clock: OvsdbClock, intervalMs: number, actions: SilenceActions) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#actions = actions;
    this.#heardMs = clock.monotonicMs();
    if (intervalMs > 0) this.#checkAfter(intervalMs);
  }

  /** To be called for all that the peer sends. It only reads the clock. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  #checkAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#check();
    });
  }

  #check(): void {
    const nowMs = this.#clock.monotonicMs();
    const silentMs = nowMs - this.#heardMs;
    if (silentMs < this.#intervalMs) {
      this.#probedMs = undefined;
      this.#checkAfter(this.#intervalMs - silentMs);
    } else if (this.#probedMs === undefined || this.#probedMs < this.#heardMs) {
      this.#probedMs = nowMs;
      this.#actions.probe();
      this.#checkAfter(this.#intervalMs);
    } else if (this.isPatient && silentMs < patientIntervals * this.#intervalMs) {
      this.#checkAfter(this.#intervalMs);
    } else {
      this.#actions.dead(silentMs);
    }
  }
}
