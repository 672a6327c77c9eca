import type { Atom } from "./atom.ts";

/** It stands between two values. No string of OVSDB has a NUL in it. */
const separator = "\u0000";
/** It stands for the value of a key that the map does not have. */
const absent = "\u0001";

/**
 * A map that never changes and has only keys of `keys`. All its values are kept in one string, because a large database
 * has a hundred thousand such maps and one string takes half the memory of many. It returns undefined when a value is
 * no string, or could be taken for a separator.
 */
export function packMap(
  entries: readonly (readonly [Atom, Atom])[],
  keys: ReadonlySet<string>,
): ReadonlyMap<string, string> | undefined {
  const values: string[] = [];
  for (const key of keys) {
    const value = entries.find(([each]) => each === key)?.[1] ?? absent;
    if (typeof value !== "string" || value.includes(separator)) return undefined;
    values.push(value);
  }
  if (entries.some(([, value]) => value === absent)) return undefined;
  return new PackedMap(values.join(separator), keys);
}

class PackedMap implements ReadonlyMap<string, string> {
  readonly #values: string;
  readonly #keys: ReadonlySet<string>;

  constructor(values: string, keys: ReadonlySet<string>) {
    this.#values = values;
    this.#keys = keys;
  }

  get size(): number {
    return this.#present().length;
  }

  get(key: string): string | undefined {
    let start = 0;
    for (const each of this.#keys) {
      const found = this.#values.indexOf(separator, start);
      const end = found < 0 ? this.#values.length : found;
      if (each === key) {
        const value = this.#values.slice(start, end);
        return value === absent ? undefined : value;
      }
      start = end + 1;
    }
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  forEach(visit: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [key, value] of this.#present()) visit(value, key, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#present().values();
  }

  keys(): MapIterator<string> {
    return this.#present()
      .map(([key]) => key)
      .values();
  }

  values(): MapIterator<string> {
    return this.#present()
      .map(([, value]) => value)
      .values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #present(): [string, string][] {
    const values = this.#values.split(separator);
    return Array.from(this.#keys, (key, n): [string, string] => [key, values[n] ?? absent]).filter(
      ([, value]) => value !== absent,
    );
  }
}
