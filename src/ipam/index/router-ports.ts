import type { Row, RowChange } from "ovsdb-client";
import { parseCidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { type Mac, parseMac } from "#src/net/mac.ts";
import type { logicalRouterPort } from "#src/ovn/nb-tables.ts";
import type { PortAddresses } from "#src/ovn/ports/port-addresses.ts";

const none: PortAddresses = { macs: [], ips: [] };

/**
 * The addresses of Logical_Router_Ports by name. A switch port of type `router` refers to a router port by its name. A
 * message may bring a row before it takes the older row of the same name away, so rows are told apart by their UUIDs.
 */
export class RouterPorts {
  readonly #byName = new Map<string, ReadonlyMap<string, PortAddresses>>();

  /** Applies a change. Gives the names of ports whose addresses may have changed. */
  apply(change: RowChange<typeof logicalRouterPort>): readonly string[] {
    const { uuid, before, after } = change;
    if (before !== undefined) this.#remove(before.name, uuid);
    if (after !== undefined) {
      this.#byName.set(after.name, new Map([...(this.#byName.get(after.name) ?? []), [uuid, addressesOf(after)]]));
    }
    return [before?.name, after?.name].filter((name) => name !== undefined);
  }

  of(name: string | undefined): PortAddresses {
    const rows = name === undefined ? undefined : this.#byName.get(name);
    if (rows === undefined) return none;
    // Every replica lists them in the same order, whatever the order in which they came.
    const all = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, addresses]) => addresses);
    return { macs: all.flatMap(({ macs }) => macs), ips: all.flatMap(({ ips }) => ips) };
  }

  #remove(name: string, uuid: string): void {
    const others = [...(this.#byName.get(name) ?? [])].filter(([other]) => other !== uuid);
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, new Map(others));
  }
}

function addressesOf(row: Row<typeof logicalRouterPort>): PortAddresses {
  const mac = parseMac(row.mac);
  const macs: Mac[] = mac === undefined ? [] : [mac];
  const ips = row.networks.map((text) => parseCidr(text)?.address).filter((ip): ip is IpAddress => ip !== undefined);
  return { macs, ips };
}
