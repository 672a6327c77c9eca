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
      if (id !== undefined && isOurs) rows.set(id, { id, table, uuid, row });
      else if (typeof row["name"] === "string") foreignNames.add(`${table.name}/${row["name"]}`);
    }
  }
  return { rows, foreignNames };
}
