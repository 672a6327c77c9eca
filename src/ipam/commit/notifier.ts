import { setImmediate } from "node:timers/promises";

/**
 * Lets one loop sleep until there is work. `notify` may be called any number of times before the loop comes back. The
 * loop starts after the current turn of the event loop, so that all work that arrived in this turn goes together.
 */
export class Notifier {
  #rung = false;
  #resolve: ((value: undefined) => void) | undefined;

  notify(): void {
    this.#rung = true;
    this.#resolve?.(undefined);
  }

  /**
   * Resolves after the next notification, at once when there was one since the last wait, or when the signal aborts.
   */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#resolve = resolve;
      signal.addEventListener("abort", this.#onAbort, { once: true });
      await promise;
      signal.removeEventListener("abort", this.#onAbort);
      this.#resolve = undefined;
    }
    this.#rung = false;
    await setImmediate();
  }

  readonly #onAbort = (): void => {
    this.#resolve?.(undefined);
  };
}
