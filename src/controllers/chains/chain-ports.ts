import { changeIn, type Row, type RowChange } from "ovsdb-client";
import type { IpAddress } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import type { PortForwarding } from "#src/ovn/ports/port-operations.ts";
import { filterOfPort, portSecurityOf } from "#src/ovn/port-security.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { type BoundRow, boundRows } from "../northbound/bound-rows.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** A bound port, with its addresses. */
export interface PodPort extends Pick<BoundRow, "uuid" | "podUid"> {
  readonly ips: readonly IpAddress[];
}

/** Finds the ports of pods on the switch of the Network with this UID. */
export function portsOfNetwork(source: RowSource, network: string, cluster: string): readonly PodPort[] {
  const ports = source.rows(controllerPort);
  return [...source.rows(logicalSwitch).values()]
    .filter((row) => networkOf(row) === network)
    .flatMap((row) => [...boundRows(row.ports, ports, cluster)])
    .map(({ uuid, podUid, row }) => ({ uuid, podUid, ips: portAddresses(row).ips }));
}

const forwards = externalId("forwards-for");

/** The ports that let packets of others pass. NB has many ports, so that all are read once, and then each change. */
export class ForwardingPorts {
  readonly #uuids = new Set<string>();

  get uuids(): ReadonlySet<string> {
    return this.#uuids;
  }

  read(source: RowSource): void {
    this.#uuids.clear();
    for (const [uuid, { external_ids }] of source.rows(controllerPort)) {
      if (external_ids.has(forwards)) this.#uuids.add(uuid);
    }
  }

  changed(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const port = changeIn(controllerPort, change);
      if (port === undefined) continue;
      if (port.after?.external_ids.has(forwards) === true) this.#uuids.add(port.uuid);
      else this.#uuids.delete(port.uuid);
    }
  }
}

export interface WantedForwarding {
  /** The UID of a chain, by the port that should let packets of others pass for it. */
  readonly wanted: ReadonlyMap<string, string>;
  /** The ports that let them pass now. */
  readonly forwarding: ReadonlySet<string>;
  readonly cluster: string;
}

/** Compares which ports let packets of others pass with those that should. Gives those to change. */
export function forwardingChanges(
  ports: ReadonlyMap<string, Row<typeof controllerPort>>,
  { wanted, forwarding, cluster }: WantedForwarding,
): readonly PortForwarding[] {
  return [...new Set([...wanted.keys(), ...forwarding])].flatMap((uuid): PortForwarding[] => {
    const row = ports.get(uuid);
    const chain = wanted.get(uuid);
    if (row === undefined || row.external_ids.get(forwards) === chain) return [];
    const owner = portOwner(row.external_ids);
    if (owner?.cluster !== cluster) return [];
    const { allocation, podUid } = owner;
    const filter = { ...filterOfPort(row.external_ids), forwards: chain !== undefined };
    const portSecurity = row.addresses.flatMap((text) => portSecurityOf(text, filter));
    return [{ uuid, allocation, podUid, portSecurity, chain }];
  });
}
