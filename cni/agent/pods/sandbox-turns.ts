/** Runs the calls of one sandbox one after the other, and the calls of different sandboxes at the same time. */
export class SandboxTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `call` when the earlier calls of the sandbox have ended, with or without success. */
  async run<T>(sandbox: string, call: () => Promise<T>): Promise<T> {
    const before = this.#last.get(sandbox);
    const turn = Promise.withResolvers<undefined>();
    const ended = turn.promise.then(() => undefined);
    this.#last.set(sandbox, ended);
    try {
      await before;
      return await call();
    } finally {
      turn.resolve(undefined);
      if (this.#last.get(sandbox) === ended) this.#last.delete(sandbox);
    }
  }

  /** Number of sandboxes with a call that runs or waits. */
  get size(): number {
    return this.#last.size;
  }
}
