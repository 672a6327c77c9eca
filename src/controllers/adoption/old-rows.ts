import type { TableSpec } from "ovsdb-client";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { ownedTables } from "#src/ovn/owned/topology-tables.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { OldRow } from "./adoption-plan.ts";

/** Reads every row that we made for the cluster with this UID. */
export function readOldRows(source: RowSource, cluster: string): readonly OldRow[] {
  return (ownedTables as readonly TableSpec[]).flatMap((table) =>
    [...source.rows(table)].flatMap(([uuid, row]): OldRow[] => {
      const ids = row["external_ids"] as ReadonlyMap<string, string>;
      if (ids.get(externalId("owner")) !== ownerValue || ids.get(externalId("cluster")) !== cluster) return [];
      const owner = portOwner(ids);
      const id = ids.get(externalId("row"));
      const name = typeof row["name"] === "string" ? row["name"] : (id ?? uuid);
      if (owner !== undefined) {
        const { allocation, pod, podUid, namespace } = owner;
        return [{ table, uuid, name, marks: { cluster, allocation, pod, "pod-uid": podUid }, namespace }];
      }
      const claim = claimOf(ids);
      if (claim !== undefined)
        return [{ table, uuid, name, marks: { cluster, claim: claim.name }, namespace: claim.namespace }];
      return id === undefined ? [] : [{ table, uuid, name, marks: { cluster, row: id }, namespace: "" }];
    }),
  );
}
