import type { Row, TableSpec } from "ovsdb-client";
import { externalId, ownerValue } from "../external-ids.ts";
import { portOwner } from "../port-ownership.ts";
import type { RowSource } from "../row-source.ts";
import { ownedTables } from "./topology-tables.ts";

export interface OwnedRow {
  readonly id: string;
  readonly table: TableSpec;
  readonly uuid: string;
  readonly row: Row;
  /** Other rows that carry the same id. See `joinTwin`. Absent when there are none. */
  readonly twins?: readonly OwnedRow[];
}

/** The content of NB: our rows by id, and the names that other rows have. */
export interface OwnedRows {
  readonly rows: ReadonlyMap<string, OwnedRow>;
  /** `table/name` of rows that carry no `row` of this cluster. */
  readonly foreignNames: ReadonlySet<string>;
}

/** Reads our rows of this cluster from a replica of `ownedTables`. */
export function readOwnedRows(source: RowSource, cluster: string): OwnedRows {
  const rows = new Map<string, OwnedRow>();
  const foreignNames = new Set<string>();
  for (const table of ownedTables as readonly TableSpec[]) {
    for (const [uuid, row] of source.rows(table)) {
      const ids = row["external_ids"] as ReadonlyMap<string, string>;
      if (portOwner(ids) !== undefined) continue;
      const id = ids.get(externalId("row"));
      const isOurs = ids.get(externalId("owner")) === ownerValue && ids.get(externalId("cluster")) === cluster;
      if (id !== undefined && isOurs) rows.set(id, joinTwin(rows.get(id), { id, table, uuid, row }));
      else if (typeof row["name"] === "string") foreignNames.add(`${table.name}/${row["name"]}`);
    }
  }
  return { rows, foreignNames };
}

/**
 * Adds a row to those with its id. Only a row with a name is inserted under a wait that it is not there yet. Where a table has no names, a
 * transaction of unknown outcome and its repetition may both be committed. Then the row with the lowest UUID counts for every reader, and
 * the others are its twins, which `planRows` removes. Of rows with names, or of several tables, the one that was found last counts.
 */
export function joinTwin(known: OwnedRow | undefined, found: OwnedRow): OwnedRow {
  if (known === undefined || known.table.name !== found.table.name || typeof found.row["name"] === "string")
    return found;
  return joined([...withTwins(known), found]) ?? found;
}

/** Takes the row of this UUID from those with its id. Undefined when it was the last one. */
export function partTwin(known: OwnedRow, uuid: string): OwnedRow | undefined {
  return joined(withTwins(known).filter((row) => row.uuid !== uuid));
}

/** All rows with the id of this one. */
export function withTwins(row: OwnedRow): readonly OwnedRow[] {
  return [row, ...(row.twins ?? [])];
}

function joined(rows: readonly OwnedRow[]): OwnedRow | undefined {
  const alone = rows.map(({ id, table, uuid, row }) => ({ id, table, uuid, row }));
  const [first, ...twins] = alone.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  return first === undefined || twins.length === 0 ? first : { ...first, twins };
}
