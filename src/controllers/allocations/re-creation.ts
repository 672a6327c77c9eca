import { annotationKeys } from "#src/api/annotation-keys.ts";
import { machineOf } from "#src/api/pod/machine-pod.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, resultAddresses } from "#src/api/result.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { addressKey, type HolderKey } from "#src/ipam/index/address-key.ts";
import type { AddressHolder } from "#src/ipam/index/holders.ts";
import { otherHolders } from "#src/ipam/index/other-holders.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { addressesText, filterOfResult } from "../allocation-rules/port-comparison.ts";
import type { RuleRef } from "#src/ovn/floating/floating-operations.ts";
import { dhcpOfResult } from "./dhcp-repair.ts";
import { otherOutside, planRule } from "./floating-repair.ts";
import { machinePort } from "#src/ipam/index/machine-ports.ts";
import { claimOf, type ClaimName } from "#src/ovn/claims/port-claim.ts";
import { stickyMark, type StickyMark } from "#src/ovn/claims/sticky-mark.ts";
import type { NewPort, NewPortClaim } from "#src/ovn/ports/port-operations.ts";

/** The ports of a pod's result that are inserted again exactly as they were. */
export type ReCreation =
  | {
      readonly possible: true;
      readonly ports: readonly NewPort[];
      /** Rules of these ports that are there and wrong. */
      readonly stale: readonly RuleRef[];
    }
  /** A sentence for an Event. */
  | { readonly possible: false; readonly why: string };

export interface ReCreationInput {
  readonly pod: PodMetadata;
  readonly results: readonly InterfaceResult[];
  readonly missing: readonly string[];
  /** The revision of the verified result. */
  readonly revision: number;
  readonly index: AddressIndex;
  readonly cluster: string;
  /** The chassis that the ports request; "" for none. */
  readonly chassis: string;
  /** RFC 3339. */
  readonly reservedAt: string;
}

/** Plans the rows that NB lost. It yields to everybody who holds an address by now: rows of others are never moved. */
export function planReCreation(input: ReCreationInput): ReCreation {
  const { pod, results, missing, revision, index, cluster, chassis, reservedAt } = input;
  const { namespace = "", name = "", uid = "", labels } = pod.metadata;
  const ports: NewPort[] = [];
  const stale: RuleRef[] = [];
  for (const result of results) {
    if (!missing.includes(result.port)) continue;
    const [state, ...others] = index.named(result.network);
    if (state === undefined) return impossible(`the switch of network ${result.network} is gone`);
    if (others.length > 0) return impossible(`there are ${(others.length + 1).toString()} switches ${result.network}`);
    const held = resultAddresses(result);
    const claim =
      result.claim === undefined
        ? undefined
        : claimAgain({ cluster, namespace, name: result.claim }, result, machineOf(pod)?.uid, state, index);
    if (typeof claim === "string") return impossible(claim);
    const holder = held && otherHolderOf(held, state, index, claim?.kept?.uuid ?? claim?.beside?.uuid);
    if (held === undefined) return impossible(`the result of interface ${result.interface} has no MAC address`);
    if (holder !== undefined) return impossible(`${holder} holds an address of interface ${result.interface}`);
    const outside = planRule(result, namespace, index);
    if (typeof outside === "string") return impossible(outside);
    stale.push(...outside.stale);
    ports.push({
      name: result.port,
      switchUuid: state.uuid,
      addresses: addressesText(result),
      filter: filterOfResult(result),
      allocation: labels[annotationKeys.allocation.key] ?? "",
      // The memory of later results must outlive the lost row.
      ...(revision === 0 ? {} : { revision }),
      namespace,
      pod: name,
      podUid: uid,
      network: result.network,
      interfaceName: result.interface,
      cluster,
      chassis,
      reservedAt,
      floating: outside.rule,
      ...(claim === undefined ? {} : { claim }),
      dhcp: dhcpOfResult(result, index),
    });
  }
  return { possible: true, ports, stale };
}

/**
 * The claim of a port that is made again, with the row that keeps it. The row also fills in for results of older versions, which say
 * less. When the other pod of the same virtual machine has it, the port waits, and a handover says after that who is to have the
 * addresses. It is a sentence when any other pod has the claim.
 */
function claimAgain(
  claim: ClaimName,
  result: InterfaceResult,
  machine: string | undefined,
  { uuid: switchUuid }: SwitchState,
  index: AddressIndex,
): NewPortClaim | string {
  const { name } = claim;
  const { claim_network: network } = result;
  const again = { name, isFresh: false, machine, network, sticky: stickyOf(result) };
  const [uuid, second] = index.claims.of(claim);
  if (uuid === undefined) return again;
  const row = index.port(uuid);
  const held = row && claimOf(row.external_ids);
  const isHere = index.switchesOf(uuid).some((state) => state.uuid === switchUuid);
  if (row !== undefined && held?.isKept === true && isHere) {
    const sticky = again.sticky ?? stickyMark(row.external_ids);
    return { ...again, network: network ?? held.network, sticky, kept: { uuid, switchUuid, claim } };
  }
  const other = machinePort(index, uuid);
  const isPartner = second === undefined && machine !== undefined && held?.machine === machine;
  if (isPartner && isHere && other !== undefined) return { ...again, network: network ?? held.network, beside: other };
  return `port ${row?.name ?? uuid} has the IPAMClaim ${name}`;
}

function stickyOf({ sticky, claim_network: network = "", interface: name }: InterfaceResult): StickyMark | undefined {
  return sticky && { set: sticky.set, uid: sticky.uid, network, interface: name, whenScaled: sticky.when_scaled };
}

/**
 * Finds somebody else who holds an address of these rows. It is the conflict check after the insert: the rows are in
 * NB now.
 */
export function conflictingHolder(
  rowUuids: readonly string[],
  results: readonly InterfaceResult[],
  index: AddressIndex,
) {
  for (const uuid of rowUuids) {
    const name = index.port(uuid)?.name;
    const result = results.find(({ port }) => port === name);
    const held = result && resultAddresses(result);
    for (const state of held === undefined ? [] : index.switchesOf(uuid)) {
      const holder = held && otherHolderOf(held, state, index, uuid);
      if (holder !== undefined) return holder;
    }
    const outside = result && otherOutside(result, index);
    if (outside !== undefined) return outside;
  }
  return undefined;
}

type Held = NonNullable<ReturnType<typeof resultAddresses>>;

/** Names somebody else than `self` who holds one of the addresses. */
export function otherHolderOf(
  { mac, ips }: Held,
  state: SwitchState,
  index: AddressIndex,
  self?: AddressHolder,
): string | undefined {
  const keys: readonly HolderKey[] = [mac, ...ips.map(addressKey)];
  const [holder] = keys.flatMap((key) => otherHolders(index, state, key, "known row", self));
  if (holder === undefined) return undefined;
  return holder.kind === "port"
    ? `port ${index.port(holder.uuid)?.name ?? holder.uuid}`
    : `${holder.kind} ${holder.name}`;
}

function impossible(why: string): ReCreation {
  return { possible: false, why };
}
