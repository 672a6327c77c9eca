import type { WireRow, WireTables } from "#src/ovsdb/backup/backup-file.ts";

const tables = ["Connection", "SSL"] as const;
const columns = ["connections", "ssl"] as const;
const global = "NB_Global";

/**
 * Takes what the server listens on (`ovn-nbctl set-connection`, `set-ssl`) from the database as it is now, unless that says nothing. An
 * older answer could close the connection that everybody uses, or open one without TLS.
 */
export function withListenersOf(current: WireTables, wanted: WireTables): WireTables {
  if (tables.every((table) => (current.get(table)?.size ?? 0) === 0)) return wanted;
  const [now] = current.get(global)?.values() ?? [];
  const roots = [...(wanted.get(global) ?? [])].map(([uuid, row]): readonly [string, WireRow] => {
    const others = Object.entries(row).filter(([name]) => !columns.some((column) => column === name));
    const own = columns.flatMap((name) => (now !== undefined && name in now ? [[name, now[name]] as const] : []));
    return [uuid, Object.fromEntries([...others, ...own])];
  });
  const kept = tables.map((table) => [table, current.get(table) ?? new Map<string, WireRow>()] as const);
  return new Map([...wanted, [global, new Map(roots)], ...kept]);
}
