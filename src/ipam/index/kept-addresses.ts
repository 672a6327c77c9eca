import type { Row } from "ovsdb-client";
import { claimedAddresses } from "#src/ovn/claims/claimed-addresses.ts";
import type { KeptClaim } from "#src/ovn/claims/claim-operations.ts";
import type { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { type ClaimName, claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { stickyMark } from "#src/ovn/claims/sticky-mark.ts";
import { addressKey, type HolderKey } from "./address-key.ts";
import type { ClaimedPorts } from "./claimed-ports.ts";
import { type HoldersOffSwitches, otherHolders } from "./other-holders.ts";
import { partnersOf } from "./machine-ports.ts";
import type { SwitchState } from "./switch-state.ts";

/** The parts of the index that are asked. */
interface KnownPorts extends HoldersOffSwitches {
  readonly claims: Pick<ClaimedPorts, "of" | "sharesAddresses">;
  readonly port: (uuid: string) => Row<typeof logicalSwitchPort> | undefined;
  readonly switchWith: (uuid: string) => SwitchState | undefined;
}

/**
 * Gives the addresses that a row is to keep when this port goes: those of its claim. Undefined when it has no claim, when another row
 * keeps the claim already, and when the port is an attempt that took nothing over: one whose addresses nobody was told of yet, or
 * one with addresses that only the object named and somebody else holds. With `hasLost` also a bound port is an attempt.
 */
export function keptAddresses(
  index: KnownPorts,
  uuid: string,
  switchUuid: string,
  hasLost: boolean,
): KeptClaim | undefined {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  if (row === undefined || claim === undefined || claim.isKept) return undefined;
  const addresses = claimedAddresses(row);
  if (addresses === undefined || isKept(claim, index)) return undefined;
  // The other pod of a virtual machine that migrates goes on with them.
  if (partnersOf(index, uuid).some((partner) => index.claims.sharesAddresses(uuid, partner))) return undefined;
  const state = index.switchWith(switchUuid);
  if (hasLost || portOwner(row.external_ids)?.podUid === "") {
    if (claim.isFresh) return undefined;
    if (claim.isTold && state !== undefined && isHeldByAnother(uuid, state, index)) return undefined;
  }
  const { cluster, namespace, name, network: configName } = claim;
  const sticky = stickyMark(row.external_ids);
  return {
    claim: { cluster, namespace, name },
    switchUuid,
    network: state?.network.name ?? "",
    addresses,
    ...(configName === undefined ? {} : { configName }),
    ...(sticky === undefined ? {} : { sticky }),
  };
}

/** The port of a pod does not count: it may be an attempt that loses, and leaves nothing then. */
function isKept(claim: ClaimName, index: KnownPorts): boolean {
  return [...index.claims.of(claim)].some((uuid) => {
    const row = index.port(uuid);
    return row !== undefined && claimOf(row.external_ids)?.isKept === true;
  });
}

function isHeldByAnother(uuid: string, state: SwitchState, index: KnownPorts): boolean {
  const row = index.port(uuid);
  const { ips, macs } = row === undefined ? { ips: [], macs: [] } : portAddresses(row);
  const keys: readonly HolderKey[] = [...macs, ...ips.map(addressKey)];
  return keys.some((key) => otherHolders(index, state, key, "conflict check", uuid).length > 0);
}
