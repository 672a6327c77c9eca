/** The bits of a position that choose a bit of a word. A word is a signed 32-bit integer, which V8 keeps unboxed. */
const wordShift = 5n;
const wordMask = 31n;
const full = -1;

/**
 * A set of unsigned numbers of any size that finds the first number outside it without visiting each member. Level 0
 * holds words of 32 members. A bit of a higher level says that the word below is full, so that 32, 1,024, 32,768 ...
 * consecutive members are skipped at once. Words without a bit are not kept: space grows with the members only.
 */
export class SparseBits {
  readonly #levels: Map<bigint, number>[];

  constructor(levels: Iterable<Map<bigint, number>> = [new Map<bigint, number>()]) {
    this.#levels = [...levels];
  }

  /** Makes a set of its own with the same members. */
  copy(): SparseBits {
    return new SparseBits(this.#levels.map((words) => new Map(words)));
  }

  has(position: bigint): boolean {
    return (this.#word(0, position >> wordShift) & bitOf(position)) !== 0;
  }

  add(position: bigint): void {
    let at = position;
    for (let level = 0; ; level += 1) {
      const key = at >> wordShift;
      const word = this.#word(level, key) | bitOf(at);
      this.#mapOf(level).set(key, word);
      if (word !== full) return;
      at = key;
    }
  }

  delete(position: bigint): void {
    let at = position;
    for (let level = 0; ; level += 1) {
      const key = at >> wordShift;
      const before = this.#word(level, key);
      const word = before & ~bitOf(at);
      if (word === 0) this.#levels[level]?.delete(key);
      else this.#mapOf(level).set(key, word);
      if (before !== full) return;
      at = key;
    }
  }

  /** Finds the first number at or after `position` that is not in the set. */
  nextClear(position: bigint): bigint {
    let at = position;
    let level = 0;
    for (;;) {
      const key = at >> wordShift;
      const clear = ~this.#word(level, key) & (full << Number(at & wordMask));
      if (clear !== 0) {
        at = (key << wordShift) | lowestBit(clear);
        break;
      }
      at = key + 1n;
      level += 1;
    }
    while (level > 0) {
      level -= 1;
      at = (at << wordShift) | lowestBit(~this.#word(level, at));
    }
    return at;
  }

  #word(level: number, key: bigint): number {
    return this.#levels[level]?.get(key) ?? 0;
  }

  #mapOf(level: number): Map<bigint, number> {
    return (this.#levels[level] ??= new Map());
  }
}

function bitOf(position: bigint): number {
  return 1 << Number(position & wordMask);
}

/** The index of the lowest bit that is set in a word other than 0. */
function lowestBit(word: number): bigint {
  return BigInt(31 - Math.clz32(word & -word));
}
