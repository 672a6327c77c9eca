import type { Row, RowChange } from "ovsdb-client";
import type { logicalRouterPort, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { type PortAddresses, portAddresses } from "#src/ovn/port-addresses.ts";
import type { NonPortHolder, AddressHolder } from "./holders.ts";
import { RouterPorts } from "./router-ports.ts";

type PortRow = Row<typeof logicalSwitchPort>;

/** As who a port holds what. */
export interface PortHolding {
  readonly holder: AddressHolder;
  readonly held: PortAddresses;
}

interface Peer extends PortHolding {
  readonly holder: NonPortHolder;
}

/** Switch ports of type `router`: each holds its router port's addresses beside its own, and is no pod's port. */
export class RouterPeers {
  readonly #routerPorts = new RouterPorts();
  /** By UUID of the switch port, with the addresses that were recorded for it. */
  readonly #peers = new Map<string, Peer>();

  /** Takes over a change of a router port; gives the names whose addresses may have changed. */
  apply(change: RowChange<typeof logicalRouterPort>): readonly string[] {
    return this.#routerPorts.apply(change);
  }

  add(uuid: string, row: PortRow): void {
    const held = merge(portAddresses(row), this.#routerPorts.of(row.options.get("router-port")));
    this.#peers.set(uuid, { holder: { kind: "router port", name: row.name }, held });
  }

  /** False when the port is none. */
  remove(uuid: string): boolean {
    return this.#peers.delete(uuid);
  }

  uuids(): readonly string[] {
    return [...this.#peers.keys()];
  }

  /** What was recorded for the port when it was added; undefined when it is none. */
  of(uuid: string): PortHolding | undefined {
    return this.#peers.get(uuid);
  }
}

function merge(a: PortAddresses, b: PortAddresses): PortAddresses {
  return { macs: [...new Set([...a.macs, ...b.macs])], ips: [...a.ips, ...b.ips] };
}
