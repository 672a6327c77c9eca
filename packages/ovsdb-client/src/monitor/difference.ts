// Differences of columns: those that update2 and update3 send (ovsdb-server(7) section 4.1.12), and those of two
// values.
import type { Atom } from "../values/atom.ts";
import type { Interner } from "../values/interner.ts";
import type { SetDelta } from "./row-change.ts";
import type { ColumnSpec } from "../values/table.ts";
import { decodeEntries, decodeItems, decodeValue, storedMap } from "../values/value-decoder.ts";

/** Up to so many elements a search from the front is quicker than a hash table. */
const fewItems = 32;

/** The new value of a column that is no big set. When nothing that is kept has changed it is `old` itself. */
export function applyDifference(spec: ColumnSpec, old: unknown, wire: unknown, interner: Interner): unknown {
  switch (spec.shape) {
    case "set":
      return toggle(old as readonly Atom[], decodeItems(spec, wire, interner));
    case "map":
      return mergeEntries(spec, old as ReadonlyMap<Atom, Atom>, decodeEntries(spec, wire, interner));
    default:
      // The difference of a column of at most one value is its new value.
      return decodeValue(spec, wire, interner);
  }
}

/** The elements that a difference adds to a big set and removes from it. The set itself stays as it is. */
export function bigSetDelta(spec: ColumnSpec, old: ReadonlySet<unknown>, wire: unknown, interner: Interner): SetDelta {
  const added: Atom[] = [];
  const removed: Atom[] = [];
  for (const item of decodeItems(spec, wire, interner)) (old.has(item) ? removed : added).push(item);
  return { added, removed };
}

/** The delta that leads from one big set to another. */
export function deltaBetween(old: ReadonlySet<unknown>, next: ReadonlySet<unknown>): SetDelta {
  return {
    added: Array.from(next).filter((item) => !old.has(item)),
    removed: Array.from(old).filter((item) => !next.has(item)),
  };
}

/** True when two values of a column are equal. */
export function equalValues(spec: ColumnSpec, a: unknown, b: unknown): boolean {
  switch (spec.shape) {
    case "one":
    case "optional":
      return a === b;
    case "set": {
      const [left, right] = [a as readonly Atom[], b as readonly Atom[]];
      if (left.length !== right.length) return false;
      return left.every((item, i) => right[i] === item) || toggle(left, right).length === 0;
    }
    case "bigSet": {
      const [left, right] = [a as ReadonlySet<unknown>, b as ReadonlySet<unknown>];
      if (left.size !== right.size) return false;
      for (const item of left) if (!right.has(item)) return false;
      return true;
    }
    case "map": {
      const [left, right] = [a as ReadonlyMap<unknown, unknown>, b as ReadonlyMap<unknown, unknown>];
      if (left.size !== right.size) return false;
      for (const [key, value] of left) if (right.get(key) !== value) return false;
      return true;
    }
  }
}

/** The difference of a set names elements: those that the set has are removed, and the others are added. */
function toggle(old: readonly Atom[], items: readonly Atom[]): readonly Atom[] {
  if (items.length === 0) return old;
  const few = old.length + items.length <= fewItems;
  const oldSet = few ? undefined : new Set(old);
  const itemSet = few ? undefined : new Set(items);
  const kept = old.filter((item) => !(itemSet?.has(item) ?? items.includes(item)));
  return kept.concat(items.filter((item) => !(oldSet?.has(item) ?? old.includes(item))));
}

/** The difference of a map has entries: one that the map has with the same value is removed, and any other is set. */
function mergeEntries(spec: ColumnSpec, old: ReadonlyMap<Atom, Atom>, entries: readonly (readonly [Atom, Atom])[]) {
  if (entries.length === 0) return old;
  const merged = new Map(old);
  for (const [key, value] of entries) {
    if (merged.get(key) === value) merged.delete(key);
    else merged.set(key, value);
  }
  return storedMap(spec, [...merged]);
}
