import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { addressKey, type HolderKey } from "#src/ipam/index/address-key.ts";
import { otherHolders } from "#src/ipam/index/other-holders.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { containsIp } from "#src/net/cidr.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimOf, type ClaimName } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { stickyMark, type StickyMark } from "#src/ovn/claims/sticky-mark.ts";

/** A row of a claim in NB, as it is told to people. */
export interface ClaimRow {
  readonly uuid: string;
  /** The name of the row. */
  readonly port: string;
  readonly switchUuid: string;
  readonly network: string;
  /** Addresses with the prefix length of the subnet that they are in. */
  readonly ips: readonly string[];
  readonly mac: Mac | undefined;
  /** The name that the object must say in `spec.network`; undefined when nobody knows it. */
  readonly forNetwork?: string | undefined;
  /** Somebody else who holds one of the addresses as well, in words; undefined when nobody does. */
  readonly clash?: string | undefined;
  /** The pod that has the addresses; undefined for the row that keeps them. */
  readonly pod: ClaimingPod | undefined;
  /** True for a pod that waits while its virtual machine migrates: another pod has the addresses. */
  readonly waits: boolean;
  /** The replica of a StatefulSet for which the claim is made; undefined for a claim that somebody else makes. */
  readonly sticky?: StickyMark | undefined;
}

interface ClaimingPod {
  /** Empty while the API server has not named it. */
  readonly name: string;
  /** "" while the pod is not stored. */
  readonly uid: string;
  /** True when the claim got its addresses with this pod, so that another pod may have been faster while this one is not stored. */
  readonly isFirst: boolean;
}

/**
 * Finds the rows of a claim: one, but for a moment, by somebody's mistake, or while a virtual machine migrates. Waiting ones come last.
 */
export function rowsOfClaim(name: ClaimName, index: AddressIndex): readonly ClaimRow[] {
  const own = index.claims.of(name);
  const rows = [...own].flatMap((uuid): ClaimRow[] => {
    const row = index.port(uuid);
    const [state] = index.switchesOf(uuid);
    const claim = row && claimOf(row.external_ids);
    if (row === undefined || state === undefined || claim === undefined) return [];
    const owner = portOwner(row.external_ids);
    const { ips, macs } = portAddresses(row);
    const clash = otherHolderIn([...macs, ...ips.map(addressKey)], state, index, own);
    return [
      {
        uuid,
        port: row.name,
        switchUuid: state.uuid,
        network: state.network.name,
        ips: ips.map((ip) => `${printIp(ip)}${lengthOf(ip, state)}`),
        mac: macs[0],
        ...(claim.network === undefined ? {} : { forNetwork: claim.network }),
        ...(clash === undefined ? {} : { clash }),
        sticky: stickyMark(row.external_ids),
        pod: owner && { name: owner.pod, uid: owner.podUid, isFirst: claim.isFresh || claim.isTold },
        waits: claim.waitsWith !== undefined,
      },
    ];
  });
  return rows.sort((a, b) => Number(a.waits) - Number(b.waits));
}

/** The rows that NB has for a claim. */
export interface HeldClaim {
  readonly namespace: string;
  readonly name: string;
  readonly rows: readonly ClaimRow[];
}

/** The claims of this cluster that have rows, or those of all clusters when the cluster is not known. */
export function heldClaims(index: AddressIndex, own: string | undefined): readonly HeldClaim[] {
  return [...index.claims.keys()].flatMap((key): readonly HeldClaim[] => {
    const [cluster = "", namespace = "", name = ""] = key.split("/");
    if (own !== undefined && cluster !== own) return [];
    return [{ namespace, name, rows: rowsOfClaim({ cluster, namespace, name }, index) }];
  });
}

const nobody: ReadonlySet<string> = new Set();

/** Says who else than these ports holds one of the addresses, in words; undefined when nobody does. */
export function otherHolderIn(
  keys: readonly HolderKey[],
  state: SwitchState,
  index: AddressIndex,
  own: ReadonlySet<string> = nobody,
): string | undefined {
  const [holder] = keys
    .flatMap((key) => otherHolders(index, state, key, "known row"))
    .filter((each) => each.kind !== "port" || !own.has(each.uuid));
  if (holder === undefined) return undefined;
  const who = holder.kind === "port" ? `port ${index.port(holder.uuid)?.name ?? ""}` : `${holder.kind} ${holder.name}`;
  return `${who} has an address of the claim`;
}

function lengthOf(ip: IpAddress, { network }: SwitchState): string {
  const subnet = network.subnets.find(({ cidr }) => containsIp(cidr, ip));
  return subnet === undefined ? "" : `/${subnet.cidr.prefixLength.toString()}`;
}
