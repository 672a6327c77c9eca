/** Longer strings are rarely equal, so they are not kept. */
const longest = 64;

/**
 * Gives equal strings that follow each other soon as one string in memory. Its own memory is bounded: when it is full
 * it forgets all, so now and then an equal string is kept twice.
 */
export class Interner {
  readonly #known = new Map<string, string>();
  readonly #uuids = new Map<string, string>();
  readonly #limit: number;

  constructor(limit = 16_384) {
    this.#limit = limit;
  }

  intern(text: string): string {
    if (text.length > longest) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#limit) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }

  /**
   * The same for a UUID. In one message it occurs as the key of a row, and again in the column that refers to that row.
   */
  uuid(text: string): string {
    const known = this.#uuids.get(text);
    if (known !== undefined) return known;
    this.#uuids.set(text, text);
    return text;
  }

  /**
   * To be called after each message. UUIDs are repeated within a message, and to keep them all would take too much
   * memory.
   */
  forgetUuids(): void {
    if (this.#uuids.size > 0) this.#uuids.clear();
  }

  /** To be called when all rows were read: it frees the memory. */
  clear(): void {
    this.#known.clear();
    this.forgetUuids();
  }
}
