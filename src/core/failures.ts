/** The failures of a pass over several things, of which none is a reason to leave out another one. */
export class Failures {
  readonly #errors: unknown[] = [];

  /** Gives what the work gives, or keeps its error and gives undefined. */
  async try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (caught) {
      this.#errors.push(caught);
      return undefined;
    }
  }

  add(error: unknown): void {
    this.#errors.push(error);
  }

  throwFirst(): void {
    for (const error of this.#errors) throw error;
  }
}
