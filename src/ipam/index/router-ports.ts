import type { Row, RowChange } from "ovsdb-client";
import { parseCidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { type Mac, parseMac } from "#src/net/mac.ts";
import type { logicalRouterPort } from "#src/ovn/nb-tables.ts";
import type { PortAddresses } from "#src/ovn/port-addresses.ts";

const none: PortAddresses = { macs: [], ips: [] };

/**
 * The addresses of Logical_Router_Ports by name. A switch port of type `router` refers to a router port by its name.
 */
export class RouterPorts {
  readonly #byName = new Map<string, PortAddresses>();

  /** Applies a change. Gives the names of ports whose addresses may have changed. */
  apply(change: RowChange<typeof logicalRouterPort>): readonly string[] {
    const { before, after } = change;
    if (before !== undefined) this.#byName.delete(before.name);
    if (after !== undefined) this.#byName.set(after.name, addressesOf(after));
    return [before?.name, after?.name].filter((name) => name !== undefined);
  }

  of(name: string | undefined): PortAddresses {
    return (name === undefined ? undefined : this.#byName.get(name)) ?? none;
  }
}

function addressesOf(row: Row<typeof logicalRouterPort>): PortAddresses {
  const mac = parseMac(row.mac);
  const macs: Mac[] = mac === undefined ? [] : [mac];
  const ips = row.networks.map((text) => parseCidr(text)?.address).filter((ip): ip is IpAddress => ip !== undefined);
  return { macs, ips };
}
