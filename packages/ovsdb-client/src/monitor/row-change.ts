import type { ColumnName, Row, TableSpec } from "../values/table.ts";

/** The elements that one message has added to a `bigSet` column and removed from it. */
export interface SetDelta {
  readonly added: readonly unknown[];
  readonly removed: readonly unknown[];
}

/** A row before and after one message. `before` is undefined for a new row, and `after` for one that was deleted. */
export interface RowChange<T extends TableSpec = TableSpec> {
  readonly table: string;
  readonly uuid: string;
  readonly before: Row<T> | undefined;
  readonly after: Row<T> | undefined;
  /** The difference of each `bigSet` column that changed, because `before` and `after` share the set. */
  readonly deltas: Readonly<{ [N in ColumnName<T>]?: SetDelta }>;
}

/** The change with the types of `table`. Undefined: it is a change of another table. */
export function changeIn<T extends TableSpec>(table: T, change: RowChange): RowChange<T> | undefined {
  return change.table === table.name ? (change as unknown as RowChange<T>) : undefined;
}
