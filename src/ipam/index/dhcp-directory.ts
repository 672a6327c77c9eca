import { changeIn, type Row, type RowChange } from "ovsdb-client";
import { type Cidr, containsIp } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import type { Network } from "#src/ovn/network.ts";
import { dhcpRowId } from "#src/ovn/rows/dhcp-rows.ts";

type DhcpNetwork = Pick<Network, "objectUid" | "subnets">;

/** The row by which a guest gets an address. */
export interface DhcpRow {
  /** The subnet that it is for. */
  readonly cidr: Cidr;
  /** Undefined while NB has none. */
  readonly uuid: string | undefined;
}

/** Knows the rows by which OVN answers the DHCP requests of guests, as the controller made them. It follows the NB monitor. */
export class DhcpDirectory {
  /** The UUIDs of the rows with one id, the lowest first. Mostly it is one: `joinTwin` says where others come from. */
  readonly #uuids = new Map<string, readonly string[]>();

  /** Applies one change. Changes of other tables are nothing to it. */
  apply(change: RowChange): void {
    const row = changeIn(dhcpOptions, change);
    if (row === undefined) return;
    const { uuid, before, after } = row;
    const [was, is] = [idOf(before), idOf(after)];
    if (was === is) return;
    if (was !== undefined) this.#set(was, this.#others(was, uuid));
    if (is !== undefined) this.#set(is, [...this.#others(is, uuid), uuid].sort());
  }

  #others(id: string, uuid: string): readonly string[] {
    return (this.#uuids.get(id) ?? []).filter((each) => each !== uuid);
  }

  #set(id: string, uuids: readonly string[]): void {
    if (uuids.length === 0) this.#uuids.delete(id);
    else this.#uuids.set(id, uuids);
  }

  /** Finds the row for an address on the network. Undefined outside of its subnets, and for a network without an object. */
  rowFor({ objectUid, subnets }: DhcpNetwork, ip: IpAddress): DhcpRow | undefined {
    const cidr = subnets.find((subnet) => containsIp(subnet.cidr, ip))?.cidr;
    if (cidr === undefined || objectUid === undefined) return undefined;
    return { cidr, uuid: this.#uuids.get(dhcpRowId(objectUid, cidr))?.[0] };
  }
}

function idOf(row: Row<typeof dhcpOptions> | undefined): string | undefined {
  const isOurs = row?.external_ids.get(externalId("owner")) === ownerValue;
  return isOurs ? row.external_ids.get(externalId("row")) : undefined;
}
