import type { ColumnName, Row, TableSpec } from "../values/table.ts";

/** Elements that one message added to and removed from a `bigSet` column. */
export interface SetDelta {
  readonly added: readonly unknown[];
  readonly removed: readonly unknown[];
}

/** One row before and after one message; undefined = not there. */
export interface RowChange<T extends TableSpec = TableSpec> {
  readonly table: string;
  readonly uuid: string;
  readonly before: Row<T> | undefined;
  readonly after: Row<T> | undefined;
  /** For each `bigSet` column that changed; `before` and `after` share the set itself. */
  readonly deltas: Readonly<{ [N in ColumnName<T>]?: SetDelta }>;
}

/** The change with the row types of `table`, or undefined when it is of another table. */
export function changeIn<T extends TableSpec>(table: T, change: RowChange): RowChange<T> | undefined {
  return change.table === table.name ? (change as unknown as RowChange<T>) : undefined;
}
