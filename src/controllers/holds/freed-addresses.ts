import { changeIn, type RowChange, type TableSpec } from "ovsdb-client";
import { parseIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";
import { addressSet, topologyNat } from "#src/ovn/owned/topology-tables.ts";
import { addressOf, limitOf, poolOf } from "./hold-decision.ts";

const tables: readonly TableSpec[] = [addressSet, topologyNat];

/** The addresses outside that a message of NB makes free, whoever had them, in the words of those who wait for them. */
export function freedBy(changes: readonly RowChange[]): ReadonlySet<string> {
  const freed = new Set<string>();
  for (const table of tables) {
    for (const change of changes) {
      const { before, after } = changeIn(table, change) ?? {};
      if (before === undefined || takenBy(before) === (after && takenBy(after))) continue;
      for (const cause of causesOf(before)) freed.add(cause);
    }
  }
  return freed;
}

function takenBy(row: OwnedRow["row"]): string {
  const { external_ip: ofRule } = row;
  return typeof ofRule === "string" ? ofRule : (keyOn(row, "floating-address") ?? "");
}

/** The words of those who wait for what the row took. */
function causesOf(row: OwnedRow["row"]): readonly string[] {
  const ip = parseIp(takenBy(row));
  const [uplink, namespace] = [keyOn(row, "uplink"), keyOn(row, "namespace")];
  return [
    ...(ip === undefined ? [] : [addressOf(ip)]),
    ...(uplink === undefined ? [] : [poolOf(uplink)]),
    ...(uplink === undefined || ip === undefined ? [] : [poolOf(uplink, ip.family)]),
    ...(uplink === undefined || namespace === undefined ? [] : [limitOf(uplink, namespace)]),
  ];
}

function keyOn(row: OwnedRow["row"], name: "uplink" | "namespace" | "floating-address"): string | undefined {
  return (row["external_ids"] as ReadonlyMap<string, string>).get(externalId(name));
}
