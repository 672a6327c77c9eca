import type { OvsdbSession, Row, TableSpec } from "ovsdb-client";
import type { RowSource } from "#src/ovn/row-source.ts";

/** The rows of some tables, by the name of the table and the UUID of the row. */
export type RowsByTable = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** A replica that has these rows. */
export function fakeRows(tables: RowsByTable): RowSource {
  return {
    rows: <T extends TableSpec>(table: T) =>
      new Map(Object.entries(tables[table.name] ?? {})) as unknown as ReadonlyMap<string, Row<T>>,
  };
}

/** An NB that has these rows, and keeps what is sent to it. */
export function fakeNb(tables: RowsByTable) {
  const sent: unknown[][] = [];
  const transact: OvsdbSession["transact"] = (operations) => {
    sent.push([...operations]);
    return Promise.resolve([]);
  };
  const waitForSession = () => Promise.resolve({ transact } as unknown as OvsdbSession);
  return { nb: { ...fakeRows(tables), waitForSession }, sent };
}
