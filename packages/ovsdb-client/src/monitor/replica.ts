// The rows of the monitored tables as the server has sent them. A message is decoded in full before any part of it is
// shown.
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { Interner } from "../values/interner.ts";
import { type ChangedRow, RowCodec } from "./row-codec.ts";
import type { RowChange, SetDelta } from "./row-change.ts";
import type { Row, TableSpec } from "../values/table.ts";
import { wireObject } from "../values/wire-object.ts";

type Deltas = Readonly<Record<string, SetDelta>>;

interface ReplicaTable {
  readonly codec: RowCodec;
  readonly rows: Map<string, Row>;
}

/** Has the rows of the monitored tables, and turns messages of the server into changes of them. */
export class Replica {
  readonly #interner = new Interner();
  readonly #tables: ReadonlyMap<string, ReplicaTable>;

  constructor(tables: readonly TableSpec[]) {
    this.#tables = new Map(
      tables.map((spec) => [spec.name, { codec: new RowCodec(spec, this.#interner), rows: new Map<string, Row>() }]),
    );
  }

  /** The names of the tables, each with the columns to monitor. */
  *columns(): Iterable<readonly [string, readonly string[]]> {
    for (const [name, { codec }] of this.#tables) yield [name, codec.columns];
  }

  /** The rows of a table by UUID. Throws `InvalidUse` for a table that is not monitored. */
  rows(table: string): ReadonlyMap<string, Row> {
    const found = this.#tables.get(table);
    if (found === undefined) throw new OvsdbError("InvalidUse", `the table ${table} is not monitored`);
    return found.rows;
  }

  /**
   * The change that one `<row-update>` of RFC 7047 section 4.1.6, or of update2, makes. Undefined: nothing that is kept
   * changes. Throws `ProtocolError` when it does not fit the rows that are here.
   */
  decodeUpdate(table: string, uuid: string, update: unknown): RowChange | undefined {
    const { codec, rows } = this.#table(table);
    const before = rows.get(uuid);
    const { initial, insert = initial, modify, new: whole, ...rest } = wireObject(update, "row update");
    if (modify !== undefined) {
      if (before === undefined) throw outOfStep(table, uuid, "changed a row that is not here");
      return changeTo(table, uuid, before, codec.modify(before, modify));
    }
    if (insert !== undefined || whole !== undefined) {
      const row = codec.decode(insert ?? whole);
      if (before === undefined) return inserted(codec, uuid, row);
      if (insert !== undefined) throw outOfStep(table, uuid, "inserted a row that is here already");
      return changeTo(table, uuid, before, codec.replace(before, row));
    }
    if (!("delete" in rest || "old" in rest)) throw outOfStep(table, uuid, "sent an update of no known kind");
    if (before === undefined) throw outOfStep(table, uuid, "deleted a row that is not here");
    return deleted(codec, uuid, before);
  }

  /** Takes the `<row-update>`s of one message one by one, and `finish` gives their changes. */
  beginUpdate(): ReplicaUpdate {
    const changes: RowChange[] = [];
    return {
      row: (table, key, update) => {
        const change = this.decodeUpdate(table, this.#interner.uuid(key), update);
        if (change !== undefined) changes.push(change);
      },
      finish: () => {
        this.#interner.forgetUuids();
        return changes;
      },
    };
  }

  /** The changes of all `<table-updates>` of one message. */
  decodeUpdates(updates: unknown): readonly RowChange[] {
    const { row, finish } = this.beginUpdate();
    for (const [table, rows] of Object.entries(wireObject(updates, "table updates"))) {
      for (const [uuid, update] of Object.entries(wireObject(rows, "table update"))) row(table, uuid, update);
    }
    return finish();
  }

  /** Reads all rows again: it takes them one by one, and `finish` gives the difference to the rows that are here. */
  beginFullRead(): ReplicaUpdate {
    const changes: RowChange[] = [];
    const seen = new Map<string, Set<string>>();
    return {
      row: (table, key, update) => {
        const uuid = this.#interner.uuid(key);
        const { codec, rows } = this.#table(table);
        const { initial, insert = initial, new: whole = insert } = wireObject(update, "row update");
        const row = codec.decode(whole);
        const before = rows.get(uuid);
        if (before === undefined) {
          changes.push(inserted(codec, uuid, row));
          return;
        }
        mapOf(seen, table).add(uuid);
        const change = changeTo(table, uuid, before, codec.replace(before, row));
        if (change !== undefined) changes.push(change);
      },
      finish: () => {
        for (const [table, { codec, rows }] of this.#tables) {
          const present = seen.get(table);
          for (const [uuid, before] of rows) {
            if (present?.has(uuid) !== true) changes.push(deleted(codec, uuid, before));
          }
        }
        this.#interner.clear();
        return changes;
      },
    };
  }

  /** Makes changes that were decoded. They must be made in the order in which they were decoded, before others are. */
  apply(changes: readonly RowChange[]): void {
    for (const { table, uuid, before, after, deltas } of changes) {
      const { rows } = this.#table(table);
      if (after === undefined) {
        rows.delete(uuid);
        continue;
      }
      if (before !== undefined) {
        for (const [name, delta] of Object.entries(deltas as Deltas)) applyDelta(after[name] as Set<unknown>, delta);
      }
      rows.set(uuid, after);
    }
  }

  #table(name: string): ReplicaTable {
    const found = this.#tables.get(name);
    if (found === undefined) throw new OvsdbError("ProtocolError", `the server sent rows of ${name}, not asked for`);
    return found;
  }
}

export interface ReplicaUpdate {
  readonly row: (table: string, uuid: string, update: unknown) => void;
  /** The changes, which are not made yet. */
  readonly finish: () => readonly RowChange[];
}

function inserted(codec: RowCodec, uuid: string, row: Row): RowChange {
  return { table: codec.table, uuid, before: undefined, after: row, deltas: codec.wholeDeltas(row, "added") };
}

function deleted(codec: RowCodec, uuid: string, row: Row): RowChange {
  return { table: codec.table, uuid, before: row, after: undefined, deltas: codec.wholeDeltas(row, "removed") };
}

function changeTo(table: string, uuid: string, before: Row, next: ChangedRow | undefined): RowChange | undefined {
  return next && { table, uuid, before, after: next.row, deltas: next.deltas };
}

function applyDelta(set: Set<unknown>, { added, removed }: SetDelta): void {
  for (const item of removed) set.delete(item);
  for (const item of added) set.add(item);
}

function mapOf(sets: Map<string, Set<string>>, key: string): Set<string> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}

function outOfStep(table: string, uuid: string, what: string): OvsdbError {
  return new OvsdbError("ProtocolError", `the server ${what}: ${table} ${uuid}`, { details: { table, uuid } });
}
