// Finds the two ports of a virtual machine that migrates: those of two pods of the machine that have one claim.
import type { Row } from "ovsdb-client";
import type { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { claimedAddresses } from "#src/ovn/claims/claimed-addresses.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { filterOfMachine, machineAddresses, type MachinePort, type Successor } from "#src/ovn/ports/waiting-port.ts";
import type { ClaimedPorts } from "./claimed-ports.ts";

interface KnownPorts {
  readonly claims: Pick<ClaimedPorts, "of">;
  readonly port: (uuid: string) => Row<typeof logicalSwitchPort> | undefined;
}

/**
 * Reads a port of a pod of a machine, whether it waits or not. Undefined for any other port, and for one whose addresses somebody edited
 * beyond recognition: it is one of the machine nevertheless.
 */
export function machinePort(index: KnownPorts, uuid: string): MachinePort | undefined {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  const owner = row && portOwner(row.external_ids);
  const addresses = row && claimedAddresses(row);
  if (row === undefined || owner === undefined || claim?.machine === undefined || addresses === undefined)
    return undefined;
  const { allocation, podUid } = owner;
  const filter = filterOfMachine(row.external_ids);
  return { uuid, allocation, podUid, addresses, filter, asRead: machineAddresses(row, addresses) };
}

/**
 * UUIDs of the ports of the other stored pods of the machine with the same claim: one while it migrates. More are somebody's mistake. The
 * addresses of a port, which anybody may edit, do not say whether it is one of them.
 */
export function partnersOf(index: KnownPorts, uuid: string): readonly string[] {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  if (claim?.machine === undefined) return [];
  return [...index.claims.of(claim)].filter((other) => {
    const ids = index.port(other)?.external_ids;
    const isStored = ids !== undefined && (portOwner(ids)?.podUid ?? "") !== "";
    return other !== uuid && isStored && claimOf(ids)?.machine === claim.machine;
  });
}

/** True when the port of any other pod has the same claim, also one of another machine, or of a pod that is not stored. */
export function sharesClaim(index: KnownPorts, uuid: string): boolean {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  const others = claim === undefined ? [] : [...index.claims.of(claim)].filter((other) => other !== uuid);
  return others.some((other) => portOwner(index.port(other)?.external_ids ?? new Map()) !== undefined);
}

/** True when the port waits for addresses that another pod of the machine has. */
export function isWaiting(index: Pick<KnownPorts, "port">, uuid: string): boolean {
  const row = index.port(uuid);
  return row !== undefined && claimOf(row.external_ids)?.waitsWith !== undefined;
}

/** The pod that goes on with the addresses when the port of a stored pod goes. Undefined when no other pod of its machine may. */
export function successorOf(index: KnownPorts, uuid: string): Successor | undefined {
  const owner = portOwner(index.port(uuid)?.external_ids ?? new Map());
  if (owner === undefined || owner.podUid === "") return undefined;
  const [partner, ...others] = partnersOf(index, uuid);
  const port = partner === undefined ? undefined : machinePort(index, partner);
  const waits = port !== undefined && isWaiting(index, port.uuid);
  if (port === undefined || others.length > 0 || !(waits || isWaiting(index, uuid))) return undefined;
  return { port, waits };
}
