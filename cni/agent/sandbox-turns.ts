/** Lets the calls of one sandbox run one after the other, those of different ones side by side. */
export class SandboxTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `call` once the earlier calls of the sandbox have ended, however they did. */
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

  /** Sandboxes with a call that runs or waits. */
  get size(): number {
    return this.#last.size;
  }
}
