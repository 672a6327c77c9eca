import type { Clock } from "#src/core/clock.ts";
import { settleWithin } from "#src/core/deadline.ts";

/** Lets work wait until somebody needs it: a watch that no object asks for costs nothing. */
export class FirstNeed {
  readonly #needed = Promise.withResolvers<undefined>();

  arises(): void {
    this.#needed.resolve(undefined);
  }

  /** Runs the work when the need has arisen, and not at all when the signal aborts before. Rejects only when the work does. */
  async run(
    work: (signal: AbortSignal) => Promise<void>,
    what: string,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<void> {
    const needed = settleWithin<undefined>(clock, { signal }, `first need of ${what}`, (resolve, reject) => {
      this.#needed.promise.then(resolve, reject);
    });
    await needed.then(
      () => work(signal),
      () => undefined,
    );
  }
}
