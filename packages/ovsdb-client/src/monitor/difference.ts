// Differences of columns: as update2 and update3 tell them (ovsdb-server(7) 4.1.12), and between two values.
import type { Atom } from "../values/atom.ts";
import type { Interner } from "../values/interner.ts";
import type { SetDelta } from "./row-change.ts";
import type { ColumnSpec } from "../values/table.ts";
import { decodeEntries, decodeItems, decodeValue, storedMap } from "../values/value-decoder.ts";

const fewItems = 32;

/** The new value of a column other than a big set; the old one itself when nothing that is kept has changed. */
export function applyDifference(spec: ColumnSpec, old: unknown, wire: unknown, interner: Interner): unknown {
  switch (spec.shape) {
    case "set":
      return toggle(old as readonly Atom[], decodeItems(spec, wire, interner));
    case "map":
      return mergeEntries(spec, old as ReadonlyMap<Atom, Atom>, decodeEntries(spec, wire, interner));
    default:
      // A column of at most one value has no difference but the new value.
      return decodeValue(spec, wire, interner);
  }
}

/** What a difference adds to and removes from a big set, which is left as it is. */
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

/** Whether two values of a column are the same. */
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

/** A difference of a set names the elements to add when they are not there, to remove when they are. */
function toggle(old: readonly Atom[], items: readonly Atom[]): readonly Atom[] {
  if (items.length === 0) return old;
  const few = old.length + items.length <= fewItems;
  const oldSet = few ? undefined : new Set(old);
  const itemSet = few ? undefined : new Set(items);
  const kept = old.filter((item) => !(itemSet?.has(item) ?? items.includes(item)));
  return kept.concat(items.filter((item) => !(oldSet?.has(item) ?? old.includes(item))));
}

/** A difference of a map holds new and changed entries, and as they were those to remove. */
function mergeEntries(spec: ColumnSpec, old: ReadonlyMap<Atom, Atom>, entries: readonly (readonly [Atom, Atom])[]) {
  if (entries.length === 0) return old;
  const merged = new Map(old);
  for (const [key, value] of entries) {
    if (merged.get(key) === value) merged.delete(key);
    else merged.set(key, value);
  }
  return storedMap(spec, [...merged]);
}
