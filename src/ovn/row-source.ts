import type { Row, TableSpec } from "ovsdb-client";

/** A copy of a database in memory, by table and by UUID of the row: the replica of an OVSDB client, or a test's. */
export interface RowSource {
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>>;
}
