import type { Row, RowChange } from "ovsdb-client";
import type { logicalRouterPort, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { type PortAddresses, portAddresses } from "#src/ovn/ports/port-addresses.ts";
import type { NonPortHolder, AddressHolder } from "./holders.ts";
import { RouterPorts } from "./router-ports.ts";

type PortRow = Row<typeof logicalSwitchPort>;

/** The addresses that a port holds, and the holder that it counts as. */
export interface PortHolding {
  readonly holder: AddressHolder;
  readonly held: PortAddresses;
}

interface Peer extends PortHolding {
  readonly holder: NonPortHolder;
}

/** Switch ports of type `router`. Each holds the addresses of its router port beside its own, and is no pod's port. */
export class RouterPeers {
  readonly #routerPorts = new RouterPorts();
  /** By UUID of the switch port, with the addresses that were recorded for it. */
  readonly #peers = new Map<string, Peer>();

  /** Applies a change of a router port. Gives the names of ports whose addresses may have changed. */
  apply(change: RowChange<typeof logicalRouterPort>): readonly string[] {
    return this.#routerPorts.apply(change);
  }

  add(uuid: string, row: PortRow): void {
    const held = merge(portAddresses(row), this.#routerPorts.of(row.options.get("router-port")));
    this.#peers.set(uuid, { holder: { kind: "router port", name: row.name }, held });
  }

  /** Gives false when the port is no router peer. */
  remove(uuid: string): boolean {
    return this.#peers.delete(uuid);
  }

  uuids(): readonly string[] {
    return [...this.#peers.keys()];
  }

  /** The addresses that were recorded when the port was added; undefined when it is no router peer. */
  of(uuid: string): PortHolding | undefined {
    return this.#peers.get(uuid);
  }
}

function merge(a: PortAddresses, b: PortAddresses): PortAddresses {
  return { macs: [...new Set([...a.macs, ...b.macs])], ips: [...a.ips, ...b.ips] };
}
