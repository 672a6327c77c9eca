// Finds out which addresses an IPAMClaim has. NB is the truth: a row that keeps the claim comes before what the object says.
import type { RequestedAddress } from "#src/api/request/requested-address.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { equalIp, printIp } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import type { KeptRow } from "#src/ovn/claims/claim-operations.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import type { PortHold } from "#src/ovn/claims/held-port.ts";
import { claimKey, type ClaimName, claimOf } from "#src/ovn/claims/port-claim.ts";
import type { MachinePort } from "#src/ovn/ports/waiting-port.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { ClaimRequest, PortRequest } from "../allocation.ts";
import { isWaiting, machinePort } from "../index/machine-ports.ts";
import type { SwitchState } from "../index/switch-state.ts";
import { type AddressUser, byAnotherPod, describePod } from "./address-user.ts";
import type { PlanningView } from "./planning-view.ts";

/** The claim of a port, with what it has by now. */
export interface ClaimedPort {
  readonly claim: ClaimName;
  /** The row that keeps the addresses, whose place the port takes. */
  readonly kept: KeptRow | undefined;
  /** The port gets exactly these. When the claim gets its first ones, these are among them. */
  readonly addresses: readonly RequestedAddress[];
  /** True when the claim gets its first addresses, of which its object tells none. */
  readonly isFirst: boolean;
  /** True when nothing was kept for the claim so far: its pools and the limit of claims count. */
  readonly isNew: boolean;
  /** The MAC that stays with the claim, when there is one. */
  readonly mac: Mac | undefined;
  /** The port of the pod from which the virtual machine of this one migrates. */
  readonly beside?: PortHold | undefined;
}

/**
 * Throws `ClaimInUse` while another pod has the claim, and `ClaimInvalid` when its addresses are no use on this network, or others than
 * the port asks for.
 */
export function claimedPort(
  port: PortRequest,
  request: ClaimRequest,
  state: SwitchState,
  namespace: string,
  view: PlanningView,
): ClaimedPort {
  const { index, cluster = "" } = view;
  const claim: ClaimName = { cluster, namespace, name: request.name };
  const source = migrationSource(port, request, claim, view);
  const user = source === undefined ? userOfClaim(claim, view) : undefined;
  if (user !== undefined) throw inUse(request, user);
  if (state.pools.length === 0 && port.isTap !== true) {
    throw invalid(
      request,
      `is asked for on the network ${JSON.stringify(state.network.name)}, which hands out no addresses`,
    );
  }
  const uuid = source?.uuid ?? [...index.claims.of(claim)][0];
  const row = uuid === undefined ? undefined : index.port(uuid);
  if (uuid === undefined || row === undefined) {
    const isFirst = request.addresses.length === 0;
    // Anybody may write addresses into an object that were never kept for it.
    const isNew = isFirst || request.isKept !== true;
    if (isNew) refuseMany(request, claim, state, view);
    const { addresses } = isFirst ? port : request;
    return agreed(port, { claim, kept: undefined, addresses, isFirst, isNew, mac: request.mac });
  }
  const [home] = index.switchesOf(uuid);
  if (home !== state) {
    throw invalid(request, `has addresses of the network ${JSON.stringify(home?.network.name ?? "")}`);
  }
  const { ips, macs } = portAddresses(row);
  const kept = source === undefined ? { uuid, switchUuid: state.uuid, claim } : undefined;
  const addresses = ips.map((ip) => ({ ip, prefixLength: undefined }));
  const claimed = { claim, kept, addresses, isFirst: false, isNew: false, mac: macs[0] };
  return agreed(port, source === undefined ? claimed : { ...claimed, beside: source });
}

/**
 * The port of the stored pod from which a virtual machine migrates to the pod that is asked for. Undefined for any other pod, and while
 * another one may have the claim as well: a machine has two pods at most.
 */
function migrationSource(
  { mac }: PortRequest,
  { machine }: ClaimRequest,
  claim: ClaimName,
  { index }: PlanningView,
): MachinePort | undefined {
  const [uuid, ...others] = index.claims.of(claim);
  if (machine?.isTarget !== true || uuid === undefined || others.length > 0) return undefined;
  const key = claimKey(claim);
  if (index.claims.withheld.has(key) || index.recovered.podWithClaim(key) !== undefined) return undefined;
  const row = index.port(uuid);
  const source = machinePort(index, uuid);
  if (row === undefined || source === undefined || source.podUid === "") return undefined;
  const isSame = claimOf(row.external_ids)?.machine === machine.uid && !isWaiting(index, uuid);
  return isSame && (mac === undefined || source.addresses.startsWith(`${mac} `)) ? source : undefined;
}

/** The addresses of a claim never change, and a pod gets what it asks for or nothing. */
function agreed(port: PortRequest, claimed: ClaimedPort): ClaimedPort {
  const { claim, addresses, isFirst } = claimed;
  if (isFirst || port.addresses.length === 0 || areThose(port.addresses, addresses)) return claimed;
  throw refusal("ClaimInvalid", {
    field: port.addressField ?? port.field,
    value: printed(port.addresses),
    reason: `differs from what the IPAMClaim ${claim.name} has, which is ${printed(addresses)}`,
    remedy: `write those addresses, or delete the claim while no pod has it: kubectl delete ipamclaim ${claim.name} -n ${claim.namespace}`,
  });
}

/** True when the claim has what was asked for, and in those families nothing else. */
function areThose(asked: readonly RequestedAddress[], has: readonly RequestedAddress[]): boolean {
  const families = new Set(asked.map(({ ip }) => ip.family));
  const wanted = has.filter(({ ip }) => families.has(ip.family));
  return asked.length === wanted.length && asked.every(({ ip }) => wanted.some((one) => equalIp(one.ip, ip)));
}

function printed(addresses: readonly RequestedAddress[]): string {
  return addresses.map(({ ip }) => printIp(ip)).join();
}

/** The pod that has the claim, or may still have it: one with a port in NB, one whose port NB lost, or one that is being planned. */
function userOfClaim(claim: ClaimName, { index }: PlanningView): AddressUser | undefined {
  for (const uuid of index.claims.of(claim)) {
    const row = index.port(uuid);
    const owner = row && portOwner(row.external_ids);
    if (owner !== undefined) return describePod(owner, claim.namespace);
  }
  const key = claimKey(claim);
  const lost = index.recovered.podWithClaim(key);
  if (lost !== undefined) return describePod(lost, claim.namespace);
  return index.claims.withheld.has(key) ? byAnotherPod : undefined;
}

/** Claims keep addresses also while no pod has them, so that a quota of pods does not limit them. */
function refuseMany(request: ClaimRequest, claim: ClaimName, state: SwitchState, { maxClaims = 0 }: PlanningView) {
  if (maxClaims === 0) return;
  if (state.claimCount(claim) < maxClaims) return;
  throw refusal("LimitReached", {
    field: request.field,
    value: request.name,
    reason: `would be one more claim with addresses of the network ${JSON.stringify(state.network.name)} than the ${maxClaims.toString()} that a namespace may have`,
    remedy: "delete claims that are not needed: `ovn4nfv claims` shows those without a pod as kept",
  });
}

function inUse({ field, name }: ClaimRequest, user: AddressUser): AppError {
  return refusal("ClaimInUse", {
    field,
    value: name,
    reason: `is in use${user.shown}`,
    remedy: "wait until that pod has ended, or name another claim",
    ...(user.holder === undefined ? {} : { holder: user.holder }),
  });
}

function invalid({ field, name }: ClaimRequest, reason: string): AppError {
  return refusal("ClaimInvalid", {
    field,
    value: name,
    reason,
    remedy: "name a claim of the network that the pod joins",
  });
}
