import { externalId } from "#src/ovn/external-ids.ts";
import type { Backup } from "#src/ovsdb/backup/backup-file.ts";

/** The UIDs of the clusters that have rows in a backup. */
export function clustersOf({ tables }: Pick<Backup, "tables">): ReadonlySet<string> {
  const found = new Set<string>();
  for (const rows of tables.values()) {
    for (const row of rows.values()) {
      const [kind, pairs] = (row["external_ids"] ?? []) as readonly [string?, (readonly [string, string])[]?];
      if (kind !== "map") continue;
      for (const [key, value] of pairs ?? []) if (key === externalId("cluster")) found.add(value);
    }
  }
  return found;
}
