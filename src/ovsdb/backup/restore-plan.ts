import type { Operation } from "ovsdb-client";
import type { WireRow, WireTables } from "./backup-file.ts";
import { type BackupSchema, defaultOf, keptColumns, shapeOf } from "./backup-schema.ts";
import { canonical } from "./wire-value.ts";

/** The operations that bring a database back to a backup, and how many rows they touch. */
export interface RestorePlan {
  readonly operations: readonly Operation[];
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** OVN writes these columns. In rows that are still there they are not taken back. */
const saidByOvn: Readonly<Record<string, readonly string[]>> = {
  NB_Global: ["nb_cfg", "nb_cfg_timestamp", "sb_cfg", "sb_cfg_timestamp", "hv_cfg", "hv_cfg_timestamp"],
  Logical_Switch_Port: ["up"],
  Logical_Router_Port: ["status"],
  BFD: ["status"],
};

/**
 * Compares a database with a backup. Rows keep their UUIDs, and a row that is as it was is not touched: OVN then changes nothing
 * for it, and its traffic goes on.
 */
export function planRestore(schema: BackupSchema, current: WireTables, wanted: WireTables): RestorePlan {
  const operations: Operation[] = [];
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  for (const table of Object.keys(schema.tables)) {
    const columns = keptColumns(schema, table);
    const [now, then] = [current.get(table) ?? none, wanted.get(table) ?? none];
    for (const uuid of now.keys()) {
      if (then.has(uuid)) continue;
      operations.push({ op: "delete", table, where: [["_uuid", "==", ["uuid", uuid]]] });
      counts.deleted += 1;
    }
    for (const [uuid, row] of then) {
      const present = now.get(uuid);
      if (present === undefined) {
        operations.push({ op: "insert", table, uuid, row });
        counts.inserted += 1;
        continue;
      }
      const changed = columns
        .filter(([name]) => !(saidByOvn[table] ?? []).includes(name))
        .flatMap(([name, column]) => {
          const value = name in row ? row[name] : defaultOf(column);
          const old = name in present ? present[name] : defaultOf(column);
          return canonical(value) === canonical(old) ? [] : [[name, value] as const];
        });
      if (changed.length === 0) continue;
      operations.push({
        op: "update",
        table,
        where: [["_uuid", "==", ["uuid", uuid]]],
        row: Object.fromEntries(changed),
      });
      counts.updated += 1;
    }
  }
  return { operations, ...counts };
}

const none: ReadonlyMap<string, WireRow> = new Map();

/** Names the tables and columns of a backup that the server lacks, or that have another type there. */
export function schemaFaults(
  server: BackupSchema,
  { schema, tables }: { schema: BackupSchema; tables: WireTables },
): readonly string[] {
  if (schema.name !== server.name) return [`it is a backup of ${schema.name}, and not of ${server.name}`];
  const faults = [...tables].flatMap(([table, rows]) => {
    const theirs = server.tables[table];
    if (theirs === undefined) return [`there is no table ${table}`];
    const used = new Set([...rows.values()].flatMap((row) => Object.keys(row)));
    return [...used].flatMap((name) => {
      const [ours, column] = [schema.tables[table]?.columns[name], theirs.columns[name]];
      if (ours === undefined || column === undefined) return [`${table} has no column ${name}`];
      return shapeOf(ours) === shapeOf(column)
        ? []
        : [`${table}.${name} is ${shapeOf(column)}, and not ${shapeOf(ours)}`];
    });
  });
  return faults;
}
