import type { Atom } from "../../src/values/atom.ts";
import type { OvsdbClient } from "../../src/client/client.ts";
import type { TableSpec } from "../../src/values/table.ts";

/** Rows of each table as lines of text in one order, for comparison. */
export type CanonicalRows = Readonly<Record<string, readonly string[]>>;

type Dump = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

/** The rows of `ovsdb-client dump`, whose cells are in the notation of RFC 7047 section 5.1. */
export function canonicalDump(dump: Dump, tables: readonly TableSpec[]): CanonicalRows {
  return Object.fromEntries(
    tables.map((table) => {
      const rows = (dump.get(table.name) ?? []).map((cells) => {
        const columns = Object.keys(table.columns).map((name) => `${name}=${printWire(cells[name])}`);
        return `${printWire(cells["_uuid"])} ${columns.join(" ")}`;
      });
      return [table.name, rows.sort()];
    }),
  );
}

export function canonicalReplica(client: OvsdbClient, tables: readonly TableSpec[]): CanonicalRows {
  return Object.fromEntries(
    tables.map((table) => [
      table.name,
      Array.from(client.rows(table), ([uuid, row]) => canonicalRow(table, uuid, row)).sort(),
    ]),
  );
}

export function canonicalRow(table: TableSpec, uuid: string, row: Readonly<Record<string, unknown>>): string {
  return `[${uuid}] ${Object.keys(table.columns)
    .map((name) => `${name}=${printValue(row[name] as Atom | object | undefined)}`)
    .join(" ")}`;
}

function printWire(wire: unknown): string {
  if (!Array.isArray(wire)) return `[${String(wire)}]`;
  const [kind, content] = wire as [string, unknown];
  if (kind === "uuid") return `[${String(content)}]`;
  const items = content as unknown[];
  if (kind === "set")
    return `[${items
      .map((item) => printWire(item).slice(1, -1))
      .sort()
      .join("|")}]`;
  return `[${items
    .map((pair) => (pair as unknown[]).map((atom) => printWire(atom).slice(1, -1)).join(":"))
    .sort()
    .join("|")}]`;
}

function printValue(value: Atom | object | undefined): string {
  if (value === undefined) return "[]";
  if (value instanceof Set || Array.isArray(value)) return `[${Array.from(value, String).sort().join("|")}]`;
  if (typeof value !== "object") return `[${String(value)}]`;
  const entries = value as ReadonlyMap<unknown, unknown>;
  return `[${Array.from(entries, (entry) => entry.map(String).join(":"))
    .sort()
    .join("|")}]`;
}
