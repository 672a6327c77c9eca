// Finds what an earlier attempt of the same change has reserved. The API server asks again whenever it could not store a change, and
// users do after a refusal of somebody else: what was reserved for the pod then must not be in its own way.
import { equalIp, type IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimOf, type PortClaim } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { ReplacedPort } from "#src/ovn/ports/replaced-port.ts";
import { type AllocationRequest, interfaceOfPort, type PortRequest } from "../allocation.ts";
import { addressKey } from "../index/address-key.ts";
import type { AddressIndex } from "../index/address-index.ts";
import { otherHolders } from "../index/other-holders.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** A reservation for the same interface of the same pod, with what it has. */
export interface OwnReservation {
  readonly port: ReplacedPort;
  readonly ips: readonly IpAddress[];
  readonly mac: Mac;
  readonly claim: PortClaim | undefined;
}

/**
 * Finds a reservation of an earlier attempt that is good for this port as well: nobody else has one of its addresses, and they are those
 * that are asked for. Undefined for a pod that is being created, since each of its attempts is an allocation of its own.
 */
export function ownReservation(
  port: PortRequest,
  { joins, namespace }: Pick<AllocationRequest, "joins" | "namespace">,
  state: SwitchState,
  index: AddressIndex,
): OwnReservation | undefined {
  if (joins === undefined) return undefined;
  for (const uuid of state.openPortsOf(joins.allocation)) {
    const row = index.port(uuid);
    const owner = row && portOwner(row.external_ids);
    if (row === undefined || owner?.namespace !== namespace) continue;
    // A later revision is of a change of which the stored pod knows nothing. Without one it is a port of the create.
    if (owner.revision === undefined || owner.revision > joins.revision) continue;
    if (interfaceOfPort(row.name) !== port.interfaceName) continue;
    if (index.switchesOf(uuid).length !== 1) continue;
    const { ips, macs } = portAddresses(row);
    const [mac] = macs;
    const claim = claimOf(row.external_ids);
    if (mac === undefined || macs.length > 1 || claim?.waitsWith !== undefined) continue;
    if (claim?.name !== port.claim?.name || !isAskedFor(ips, mac, port, state, claim)) continue;
    const isHeld = [mac, ...ips.map(addressKey)].some(
      (key) => otherHolders(index, state, key, "plan", uuid).length > 0,
    );
    if (isHeld) continue;
    const { allocation, podUid } = owner;
    return { port: { uuid, allocation, podUid, name: row.name, switchUuid: state.uuid }, ips, mac, claim };
  }
  return undefined;
}

function isAskedFor(
  ips: readonly IpAddress[],
  mac: Mac,
  port: PortRequest,
  state: SwitchState,
  claim: PortClaim | undefined,
): boolean {
  if (port.mac !== undefined && port.mac !== mac) return false;
  if (port.isTap === true) return ips.length === 0;
  const asked = new Set(port.addresses.map(({ ip }) => ip.family));
  const ofAsked = ips.filter(({ family }) => asked.has(family));
  const isSame =
    ofAsked.length === port.addresses.length &&
    port.addresses.every(({ ip }) => ofAsked.some((one) => equalIp(one, ip)));
  if (!isSame) return false;
  // A claim keeps what it has, whatever the pools are.
  if (claim !== undefined && !claim.isFresh) return true;
  const families = [...state.poolsFor(port.pool?.name)].filter(([family]) => !asked.has(family));
  return (
    ips.length === ofAsked.length + families.length &&
    families.every(([family, pools]) =>
      ips.some((ip) => ip.family === family && pools.some(({ space }) => space.isUsable(ip))),
    )
  );
}
