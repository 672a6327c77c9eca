import { AppError } from "#src/core/errors.ts";
import { externalId, isOwnKey } from "#src/ovn/external-ids.ts";
import { invalid } from "#src/ovsdb/backup/backup-file.ts";
import type { WireTables } from "#src/ovsdb/backup/backup-file.ts";

/** Says whose rows a database has, or a backup of one. */
export interface OwnRows {
  /** The UIDs of the clusters that have rows. */
  readonly clusters: ReadonlySet<string>;
  /** True when any row is ours, of whatever cluster. */
  readonly hasOurs: boolean;
}

/** Finds whose rows there are. */
export function ownRows(tables: WireTables): OwnRows {
  const clusters = new Set<string>();
  let hasOurs = false;
  for (const rows of tables.values()) {
    for (const row of rows.values()) {
      const [kind, pairs] = (row["external_ids"] ?? []) as readonly [string?, (readonly [string, string])[]?];
      if (kind !== "map") continue;
      for (const [key, value] of pairs ?? []) {
        if (isOwnKey(key)) hasOurs = true;
        if (key === externalId("cluster")) clusters.add(value);
      }
    }
  }
  return { clusters, hasOurs };
}

/**
 * Refuses a backup of another cluster, and one of another program: either would take away all that is ours. Throws
 * `BackupInvalid`.
 */
export function assertOfCluster(backup: WireTables, cluster: string, path: string): void {
  const { clusters, hasOurs } = ownRows(backup);
  if (clusters.has(cluster) || (clusters.size === 0 && hasOurs)) return;
  if (!hasOurs) throw invalid(path, "has no row of ovn4nfv", "name a backup of a database that ovn4nfv has written to");
  const what = `has rows of the cluster ${[...clusters].join(" and of ")}, and none of this cluster, ${cluster}`;
  throw invalid(
    path,
    what,
    "name a backup of this cluster; docs/backup.md has the way for a cluster that was made anew",
  );
}

/**
 * Refuses a database that has rows of a cluster which neither the backup knows nor the kubeconfig leads to: it is another database, or one
 * that the cluster shares since. Its rows would be lost. Throws `ConfigInvalid`.
 */
export function assertNobodyIsLost(current: WireTables, backup: WireTables, cluster: string): void {
  const known = ownRows(backup).clusters;
  const lost = [...ownRows(current).clusters].filter((uid) => uid !== cluster && !known.has(uid));
  if (lost.length === 0) return;
  const what = `the database has rows of the cluster ${lost.join(" and of ")}, which the backup does not know and a restore would delete`;
  throw new AppError(
    "ConfigInvalid",
    `${what}; look whether --nb names the right database, which should serve ${cluster}`,
  );
}
