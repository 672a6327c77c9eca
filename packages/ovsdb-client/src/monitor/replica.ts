// Rows as the server last told them. Every message is decoded in full before any of it shows, so none shows in part.
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { Interner } from "../values/interner.ts";
import { type NextRow, RowCodec } from "./row-codec.ts";
import type { RowChange, SetDelta } from "./row-change.ts";
import type { Row, TableSpec } from "../values/table.ts";
import { wireObject } from "../values/wire-object.ts";

type Deltas = Readonly<Record<string, SetDelta>>;

interface ReplicaTable {
  readonly codec: RowCodec;
  readonly rows: Map<string, Row>;
}

/** The rows of the monitored tables, and the way from a server's message to the changes it makes. */
export class Replica {
  readonly #interner = new Interner();
  readonly #tables: ReadonlyMap<string, ReplicaTable>;

  constructor(tables: readonly TableSpec[]) {
    this.#tables = new Map(
      tables.map((spec) => [spec.name, { codec: new RowCodec(spec, this.#interner), rows: new Map<string, Row>() }]),
    );
  }

  /** Names of the tables, each with the columns to monitor. */
  *columns(): Iterable<readonly [string, readonly string[]]> {
    for (const [name, { codec }] of this.#tables) yield [name, codec.columns];
  }

  /** Throws `InvalidUse` for a table that is not monitored. */
  rows(table: string): ReadonlyMap<string, Row> {
    const found = this.#tables.get(table);
    if (found === undefined) throw new OvsdbError("InvalidUse", `the table ${table} is not monitored`);
    return found.rows;
  }

  /**
   * The change that one `<row-update>` (of RFC 7047 4.1.6 or of update2) makes; undefined when it changes nothing that
   * is kept. Throws `ProtocolError` when it does not fit the rows that are here.
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

  /** The changes of all `<table-updates>` of one message. */
  decodeUpdates(updates: unknown): readonly RowChange[] {
    const changes: RowChange[] = [];
    for (const [table, rows] of Object.entries(wireObject(updates, "table updates"))) {
      for (const [text, update] of Object.entries(wireObject(rows, "table update"))) {
        const uuid = this.#interner.uuid(text);
        const change = this.decodeUpdate(table, uuid, update);
        if (change !== undefined) changes.push(change);
      }
    }
    this.#interner.forgetUuids();
    return changes;
  }

  /** Takes rows one by one until all that the server has were told; then the difference to what was here. */
  beginFullRead(): FullRead {
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

  /** Makes changes visible that were decoded since the last call. */
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

export interface FullRead {
  row(table: string, uuid: string, update: unknown): void;
  /** The changes, not applied yet. */
  finish(): readonly RowChange[];
}

function inserted(codec: RowCodec, uuid: string, row: Row): RowChange {
  return { table: codec.table, uuid, before: undefined, after: row, deltas: codec.wholeDeltas(row, "added") };
}

function deleted(codec: RowCodec, uuid: string, row: Row): RowChange {
  return { table: codec.table, uuid, before: row, after: undefined, deltas: codec.wholeDeltas(row, "removed") };
}

function changeTo(table: string, uuid: string, before: Row, next: NextRow | undefined): RowChange | undefined {
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
