import { changeIn, type RowChange, type TableSpec } from "ovsdb-client";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { floatingHoldId, floatingIpScopes, floatingRuleId } from "#src/ovn/rows/floating-ip-rows.ts";
import { joinTwin, type OwnedRow, partTwin } from "#src/ovn/owned/read-owned-rows.ts";
import { addressSet, topologyNat } from "#src/ovn/owned/topology-tables.ts";
import { freedBy } from "../holds/freed-addresses.ts";

type Ids = ReadonlyMap<string, string>;

/** The rows of one FloatingIP. */
export interface FloatingIpRows {
  readonly hold: OwnedRow | undefined;
  readonly rule: OwnedRow | undefined;
}

/** The effect of one message of NB. */
export interface FloatingIpChanges {
  /** UIDs of the FloatingIPs whose rows changed. */
  readonly uids: ReadonlySet<string>;
  /** The things that became free, in the words of those who wait for them. */
  readonly freed: ReadonlySet<string>;
}

const tables: readonly TableSpec[] = [addressSet, topologyNat];

/** Finds the rows of each FloatingIP without reading all rows: NB is read once, and then each change. */
export class FloatingIpIndex {
  readonly #cluster: string;
  readonly #rows = new Map<string, OwnedRow>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  read(source: RowSource): void {
    this.#rows.clear();
    for (const table of tables) for (const [uuid, row] of source.rows(table)) this.#put(table, uuid, row);
  }

  of(uid: string): FloatingIpRows {
    return { hold: this.#rows.get(floatingHoldId(uid)), rule: this.#rows.get(floatingRuleId(uid)) };
  }

  /** UIDs of the FloatingIPs that have rows. */
  uids(): ReadonlySet<string> {
    return new Set([...this.#rows.keys()].map(uidIn));
  }

  changed(changes: readonly RowChange[]): FloatingIpChanges {
    const uids = new Set<string>();
    for (const table of tables) {
      for (const change of changes) {
        const { before, after, uuid } = changeIn(table, change) ?? {};
        if (uuid === undefined) continue;
        const [was, is] = [before, after].map((side) => (side === undefined ? undefined : this.#idOf(idsOf(side))));
        if (was !== undefined) this.#drop(was, uuid);
        if (after !== undefined) this.#put(table, uuid, after);
        for (const id of [was, is]) if (id !== undefined) uids.add(uidIn(id));
      }
    }
    return { uids, freed: freedBy(changes) };
  }

  #put(table: TableSpec, uuid: string, row: OwnedRow["row"]): void {
    const id = this.#idOf(idsOf(row));
    if (id !== undefined) this.#rows.set(id, joinTwin(this.#rows.get(id), { id, table, uuid, row }));
  }

  #drop(id: string, uuid: string): void {
    const known = this.#rows.get(id);
    const left = known && partTwin(known, uuid);
    if (left === undefined) this.#rows.delete(id);
    else this.#rows.set(id, left);
  }

  #idOf(ids: Ids): string | undefined {
    if (ids.get(externalId("owner")) !== ownerValue || ids.get(externalId("cluster")) !== this.#cluster)
      return undefined;
    const id = ids.get(externalId("row"));
    return id?.startsWith(`${floatingIpScopes}/`) === true ? id : undefined;
  }
}

/** The address that the row holds. */
export function heldAddress({ row }: OwnedRow): IpAddress | undefined {
  return parseIp(idsOf(row).get(externalId("floating-address")) ?? "");
}

/** The key of ours on the row. */
export function keyOn({ row }: OwnedRow, name: Parameters<typeof externalId>[0]): string | undefined {
  return idsOf(row).get(externalId(name));
}

function idsOf(row: OwnedRow["row"]): Ids {
  return row["external_ids"] as Ids;
}

function uidIn(id: string): string {
  return id.split("/")[1] ?? "";
}
