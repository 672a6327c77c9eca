const longest = 64;

/** Keeps one copy of strings that come again soon; its own memory is bounded, so a string may be kept twice at times. */
export class Interner {
  readonly #known = new Map<string, string>();
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

  /** Gives the memory back, after a dump. */
  clear(): void {
    this.#known.clear();
  }
}
