/** Up to so many entries a search from the front is about as quick as a hash table. */
const searchedQuickly = 24;

/**
 * A map that never changes. A small one is kept as an array, because a large database has a hundred thousand small maps
 * and an array takes less memory.
 */
export function compactMap<K, V>(entries: readonly (readonly [K, V])[]): ReadonlyMap<K, V> {
  if (entries.length === 0) return empty as ReadonlyMap<K, V>;
  if (entries.length > searchedQuickly) return new Map(entries);
  const flat: (K | V)[] = [];
  for (const [key, value] of entries) flat.push(key, value);
  return new CompactMap<K, V>(flat.slice());
}

class CompactMap<K, V> implements ReadonlyMap<K, V> {
  /** The entries one after the other: key, value, key, value. */
  readonly #flat: readonly (K | V)[];

  constructor(flat: readonly (K | V)[]) {
    this.#flat = flat;
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  get(key: K): V | undefined {
    const at = this.#find(key);
    return at < 0 ? undefined : (this.#flat[at + 1] as V);
  }

  has(key: K): boolean {
    return this.#find(key) >= 0;
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (let i = 0; i < this.#flat.length; i += 2) visit(this.#flat[i + 1] as V, this.#flat[i] as K, this);
  }

  entries(): MapIterator<[K, V]> {
    return Array.from({ length: this.size }, (_, i): [K, V] => [
      this.#flat[2 * i] as K,
      this.#flat[2 * i + 1] as V,
    ]).values();
  }

  keys(): MapIterator<K> {
    return (this.#flat.filter((_, i) => i % 2 === 0) as K[]).values();
  }

  values(): MapIterator<V> {
    return (this.#flat.filter((_, i) => i % 2 === 1) as V[]).values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  #find(key: K): number {
    for (let i = 0; i < this.#flat.length; i += 2) if (this.#flat[i] === key) return i;
    return -1;
  }
}

const empty: ReadonlyMap<unknown, unknown> = new CompactMap<unknown, unknown>([]);
