import { setImmediate } from "node:timers/promises";

/**
 * Lets one loop sleep until there is work. `ring` may be called any number of times before the loop comes back; the
 * loop then starts after the current turn of the event loop, so that all work that arrived in it goes together.
 */
export class Notifier {
  #rung = false;
  #resolve: ((value: undefined) => void) | undefined;

  notify(): void {
    this.#rung = true;
    this.#resolve?.(undefined);
  }

  /** Resolves after the next ring, or at once when one was missed; also when the signal aborts. */
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
