/** Functions that give the values by which an object is found, e.g. its allocation id. */
export type Indexers<T, N extends string> = Readonly<Record<N, (object: T) => readonly string[]>>;

/** Finds the keys of objects by the values of their indexers. A value without objects takes no memory. */
export class ObjectIndex<T, N extends string> {
  readonly #indexers: Indexers<T, N>;
  readonly #keys = new Map<string, Map<string, Set<string>>>();

  constructor(indexers: Indexers<T, N>) {
    this.#indexers = indexers;
    for (const name of Object.keys(indexers)) this.#keys.set(name, new Map());
  }

  add(key: string, object: T): void {
    for (const [byValue, value] of this.#places(object)) {
      const keys = byValue.get(value);
      if (keys === undefined) byValue.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  /** `object` must be the one that was added. */
  remove(key: string, object: T): void {
    for (const [byValue, value] of this.#places(object)) {
      const keys = byValue.get(value);
      keys?.delete(key);
      if (keys?.size === 0) byValue.delete(value);
    }
  }

  keysOf(name: N, value: string): ReadonlySet<string> {
    return this.#keys.get(name)?.get(value) ?? new Set();
  }

  *#places(object: T): Generator<readonly [Map<string, Set<string>>, string]> {
    for (const [name, byValue] of this.#keys) {
      for (const value of this.#indexers[name as N](object)) yield [byValue, value];
    }
  }
}
