import type { Clock } from "./clock.ts";
import { type CallOptions, settleWithin } from "./deadline.ts";

/** Lets any number of callers wait for a change of the thing that they name by a key. */
export class KeyedNotifier<K> {
  readonly #clock: Clock;
  readonly #what: (key: K) => string;
  readonly #waiting = new Map<K, Set<() => void>>();

  /** Errors use the words of `what` for the thing that was waited for. */
  constructor(clock: Clock, what: (key: K) => string) {
    this.#clock = clock;
    this.#what = what;
  }

  /** Call it when the thing has changed: all callers that wait for the thing look at it again. */
  notify(key: K): void {
    for (const ask of [...(this.#waiting.get(key) ?? [])]) ask();
  }

  /** Resolves at the next change. Throws `DeadlineExceeded` or `Aborted`. */
  next(key: K, options: CallOptions): Promise<void> {
    return this.#wait(key, () => true, options, false);
  }

  /** Resolves when `isDone` is true, now or after a change. Throws the errors of `isDone`, `DeadlineExceeded` or `Aborted`. */
  until(key: K, isDone: () => boolean, options: CallOptions): Promise<void> {
    return this.#wait(key, isDone, options, true);
  }

  async #wait(key: K, isDone: () => boolean, options: CallOptions, asksNow: boolean): Promise<void> {
    let ask = (): void => {};
    try {
      await settleWithin<undefined>(this.#clock, options, this.#what(key), (resolve, reject) => {
        ask = () => {
          try {
            if (isDone()) resolve(undefined);
          } catch (caught) {
            reject(caught);
          }
        };
        this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(ask));
        if (asksNow) ask();
      });
    } finally {
      const left = this.#waiting.get(key);
      left?.delete(ask);
      if (left?.size === 0) this.#waiting.delete(key);
    }
  }
}
