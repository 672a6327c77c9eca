import { applyDifference, bigSetDelta, deltaBetween, equalValues } from "./difference.ts";
import type { Interner } from "../values/interner.ts";
import type { SetDelta } from "./row-change.ts";
import type { ColumnSpec, Row, TableSpec } from "../values/table.ts";
import { decodeValue, defaultValue } from "../values/value-decoder.ts";
import { wireObject } from "../values/wire-object.ts";

type Deltas = Readonly<Record<string, SetDelta>>;

/** A row after a change. Its big sets are still the old ones: `deltas` has the changes that are to be made in them. */
export interface ChangedRow {
  readonly row: Row;
  readonly deltas: Deltas;
}

const noDeltas: Deltas = Object.freeze({});

interface SharedSet {
  readonly wire: string;
  readonly key: ColumnSpec["key"];
  readonly items: unknown;
}

/** Reads the rows of one table from the wire, as far as their columns are monitored. */
export class RowCodec {
  readonly table: string;
  /** The names of the monitored columns. */
  readonly columns: readonly string[];
  readonly #specs: ReadonlyMap<string, ColumnSpec>;
  readonly #bigSets: readonly string[];
  readonly #interner: Interner;

  constructor(table: TableSpec, interner: Interner) {
    const monitored = Object.entries(table.columns).filter(([, spec]) => spec.monitored);
    this.table = table.name;
    this.columns = monitored.map(([name]) => name);
    this.#specs = new Map(monitored);
    this.#bigSets = monitored.filter(([, spec]) => spec.shape === "bigSet").map(([name]) => name);
    this.#interner = interner;
  }

  /** A whole row. Columns that the server has left out get their default. */
  decode(wire: unknown): Row {
    const members = wireObject(wire, "row");
    const row: Record<string, unknown> = {};
    // A set of one is a bare atom on the wire. Columns of a row with equal values share one array, which never changes.
    let shared: SharedSet | undefined;
    for (const [name, spec] of this.#specs) {
      const value = members[name];
      if (value === undefined) row[name] = defaultValue(spec);
      else if (spec.shape !== "set" || typeof value !== "string") row[name] = decodeValue(spec, value, this.#interner);
      else if (shared?.wire === value && shared.key === spec.key) row[name] = shared.items;
      else {
        shared = { wire: value, key: spec.key, items: decodeValue(spec, value, this.#interner) };
        row[name] = shared.items;
      }
    }
    return row;
  }

  /** The row after the differences in `wire` (`modify` of update2). Undefined: nothing that is kept has changed. */
  modify(before: Row, wire: unknown): ChangedRow | undefined {
    const row: Record<string, unknown> = { ...before };
    const deltas: Record<string, SetDelta> = {};
    let changed = false;
    for (const [name, difference] of Object.entries(wireObject(wire, "row"))) {
      const spec = this.#specs.get(name);
      if (spec === undefined) continue;
      if (spec.shape === "bigSet") {
        deltas[name] = bigSetDelta(spec, before[name] as ReadonlySet<unknown>, difference, this.#interner);
        changed = true;
      } else {
        row[name] = applyDifference(spec, before[name], difference, this.#interner);
        changed ||= row[name] !== before[name];
      }
    }
    return changed ? { row, deltas } : undefined;
  }

  /** The row that takes the place of `before`, with the big sets of `before`. Undefined: both rows are equal. */
  replace(before: Row, after: Row): ChangedRow | undefined {
    const row: Record<string, unknown> = { ...after };
    const deltas: Record<string, SetDelta> = {};
    let changed = false;
    for (const [name, spec] of this.#specs) {
      if (equalValues(spec, before[name], after[name])) {
        row[name] = before[name];
        continue;
      }
      changed = true;
      if (spec.shape !== "bigSet") continue;
      deltas[name] = deltaBetween(before[name] as ReadonlySet<unknown>, after[name] as ReadonlySet<unknown>);
      row[name] = before[name];
    }
    return changed ? { row, deltas } : undefined;
  }

  /** The deltas of a row that was inserted (`added`) or deleted (`removed`). */
  wholeDeltas(row: Row, as: "added" | "removed"): Deltas {
    if (this.#bigSets.length === 0) return noDeltas;
    return Object.fromEntries(
      this.#bigSets.map((name) => {
        const items = Array.from(row[name] as ReadonlySet<unknown>);
        return [name, as === "added" ? { added: items, removed: [] } : { added: [], removed: items }];
      }),
    );
  }
}
