import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";

/** Tells when a switch comes into NB, to those who wait for one of its name. */
export class SwitchWatch {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  added(name: string): void {
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const wake of waiting) wake();
  }

  /** Resolves when the next switch of this name comes. Throws `DeadlineExceeded` or `Aborted`. */
  async next(name: string, options: CallOptions): Promise<void> {
    let wake = (): void => {};
    try {
      await settleWithin<undefined>(this.#clock, options, `waiting for the switch ${name}`, (resolve) => {
        wake = () => {
          resolve(undefined);
        };
        this.#waiting.set(name, (this.#waiting.get(name) ?? new Set()).add(wake));
      });
    } finally {
      const left = this.#waiting.get(name);
      left?.delete(wake);
      if (left?.size === 0) this.#waiting.delete(name);
    }
  }
}
