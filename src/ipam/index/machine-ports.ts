// Finds the two ports of a virtual machine that migrates: those of two pods of the machine that have one claim.
import type { Row } from "ovsdb-client";
import type { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { claimOf } from "#src/ovn/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { filterOfMachine, type MachinePort, type Successor } from "#src/ovn/waiting-port.ts";
import type { ClaimedPorts } from "./claimed-ports.ts";

interface KnownPorts {
  readonly claims: Pick<ClaimedPorts, "of">;
  readonly port: (uuid: string) => Row<typeof logicalSwitchPort> | undefined;
}

/** Reads a port of a pod of a machine, whether it waits or not. Undefined for any other port. */
export function machinePort(index: KnownPorts, uuid: string): MachinePort | undefined {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  const owner = row && portOwner(row.external_ids);
  const addresses = claim?.waitsWith ?? row?.addresses[0];
  if (row === undefined || owner === undefined || claim?.machine === undefined || addresses === undefined)
    return undefined;
  const { allocation, podUid } = owner;
  return { uuid, allocation, podUid, addresses, filter: filterOfMachine(row.external_ids) };
}

/** The ports of the other stored pods of the machine with the same claim: one while it migrates. More are somebody's mistake. */
export function partnersOf(index: KnownPorts, uuid: string): readonly MachinePort[] {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  if (claim?.machine === undefined) return [];
  return [...index.claims.of(claim)].flatMap((other) => {
    const ids = index.port(other)?.external_ids;
    const isStored = ids !== undefined && (portOwner(ids)?.podUid ?? "") !== "";
    if (other === uuid || !isStored || claimOf(ids)?.machine !== claim.machine) return [];
    return machinePort(index, other) ?? [];
  });
}

/** True when the port waits for addresses that another pod of the machine has. */
export function isWaiting(index: Pick<KnownPorts, "port">, uuid: string): boolean {
  const row = index.port(uuid);
  return row !== undefined && claimOf(row.external_ids)?.waitsWith !== undefined;
}

/** The pod that goes on with the addresses when the port of a stored pod goes. Undefined when no other pod of its machine may. */
export function successorOf(index: KnownPorts, uuid: string): Successor | undefined {
  const own = machinePort(index, uuid);
  if (own === undefined || own.podUid === "") return undefined;
  const [port, ...others] = partnersOf(index, uuid);
  const waits = port !== undefined && isWaiting(index, port.uuid);
  if (port === undefined || others.length > 0 || !(waits || isWaiting(index, uuid))) return undefined;
  return { port, waits };
}
