const longest = 64;

/** Keeps one copy of strings that come again soon; its own memory is bounded, so a string may be kept twice at times. */
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

  /** One copy of a UUID: in a dump each is the key of a row, and in a set or column of another. */
  uuid(text: string): string {
    const known = this.#uuids.get(text);
    if (known !== undefined) return known;
    this.#uuids.set(text, text);
    return text;
  }

  /** To be called after each message: UUIDs come again within one, and there are as many as rows. */
  forgetUuids(): void {
    if (this.#uuids.size > 0) this.#uuids.clear();
  }

  /** Gives the memory back, after a dump. */
  clear(): void {
    this.#known.clear();
    this.forgetUuids();
  }
}
