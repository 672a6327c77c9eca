import { changeIn, type Row, type RowChange } from "ovsdb-client";
import type { Cidr } from "#src/net/cidr.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import { dhcpRowId } from "#src/ovn/rows/dhcp-rows.ts";

/** Knows the rows by which OVN answers the DHCP requests of guests, as the controller made them. It follows the NB monitor. */
export class DhcpDirectory {
  readonly #uuids = new Map<string, string>();

  /** Applies one change. Changes of other tables are nothing to it. */
  apply(change: RowChange): void {
    const row = changeIn(dhcpOptions, change);
    if (row === undefined) return;
    const { uuid, before, after } = row;
    const [was, is] = [idOf(before), idOf(after)];
    if (was !== undefined && was !== is && this.#uuids.get(was) === uuid) this.#uuids.delete(was);
    if (is !== undefined) this.#uuids.set(is, uuid);
  }

  /** The UUID of the row for one subnet of the network with this UID; undefined while NB has none. */
  rowOf(networkUid: string, cidr: Cidr): string | undefined {
    return this.#uuids.get(dhcpRowId(networkUid, cidr));
  }
}

function idOf(row: Row<typeof dhcpOptions> | undefined): string | undefined {
  const isOurs = row?.external_ids.get(externalId("owner")) === ownerValue;
  return isOurs ? row.external_ids.get(externalId("row")) : undefined;
}
