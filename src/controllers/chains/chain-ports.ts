import type { Row } from "ovsdb-client";
import type { IpAddress } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkOf } from "#src/ovn/network-of-switch.ts";
import { portAddresses } from "#src/ovn/port-addresses.ts";
import type { PortForwarding } from "#src/ovn/port-operations.ts";
import { filterOfPort, portSecurityOf } from "#src/ovn/port-security.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** A port of a pod of this cluster, as NB has it. Only we write its owner, so that no pod can claim the port of another. */
export interface PodPort {
  readonly uuid: string;
  readonly podUid: string;
  readonly ips: readonly IpAddress[];
}

/** Finds the ports of pods on the switch of the Network with this UID. */
export function portsOfNetwork(source: RowSource, network: string, cluster: string): readonly PodPort[] {
  const ports = source.rows(controllerPort);
  return [...source.rows(logicalSwitch).values()]
    .filter((row) => networkOf(row) === network)
    .flatMap((row) => [...row.ports])
    .flatMap((uuid) => {
      const port = ports.get(uuid);
      return port === undefined ? [] : podPort(uuid, port, cluster);
    });
}

function podPort(uuid: string, row: Row<typeof controllerPort>, cluster: string): readonly PodPort[] {
  const owner = portOwner(row.external_ids);
  if (owner?.cluster !== cluster || owner.podUid === "") return [];
  return [{ uuid, podUid: owner.podUid, ips: portAddresses(row).ips }];
}

const forwards = externalId("forwards-for");

/**
 * Compares which ports let packets of others pass with those that should: `wanted` has the UID of a chain by the port. Gives
 * those to change.
 */
export function forwardingChanges(
  source: RowSource,
  wanted: ReadonlyMap<string, string>,
  cluster: string,
): readonly PortForwarding[] {
  return [...source.rows(controllerPort)].flatMap(([uuid, row]): PortForwarding[] => {
    const chain = wanted.get(uuid);
    if (row.external_ids.get(forwards) === chain) return [];
    const owner = portOwner(row.external_ids);
    if (owner?.cluster !== cluster) return [];
    const { allocation, podUid } = owner;
    const filter = { ...filterOfPort(row.external_ids), forwards: chain !== undefined };
    const portSecurity = row.addresses.flatMap((text) => portSecurityOf(text, filter));
    return [{ uuid, allocation, podUid, portSecurity, chain }];
  });
}
