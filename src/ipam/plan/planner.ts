// Decides about an allocation: from a request and the index it chooses the addresses and MACs to write, or throws a
// refusal. It changes nothing, but ends cooldowns that are over.
import { newHintBudget } from "#src/core/closest-word.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { containsIp } from "#src/net/cidr.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import { addressKey } from "../index/address-key.ts";
import { otherHolders } from "../index/other-holders.ts";
import type { AllocationRequest, PlannedAddress, PlannedPort, PortRequest } from "../allocation.ts";
import { type ClaimedPort, claimedPort } from "./claim-choice.ts";
import { planDhcp } from "./dhcp-choice.ts";
import { planFloating } from "./floating-choice.ts";
import { checkChosenPool } from "./pool-choice.ts";
import { firstMac } from "./mac-choice.ts";
import { findSwitch } from "./network-choice.ts";
import type { Picks, PlanningView } from "./planning-view.ts";
import { type OwnReservation, ownReservation } from "./own-reservation.ts";
import { checkRequestedAddress, checkRequestedMac } from "./requested.ts";
import type { Pool, SwitchState } from "../index/switch-state.ts";

/**
 * Chooses for all ports of a pod, or throws all refusals. The addresses that the user asked for are checked first and taken
 * out of the choice, so that no automatic choice for the same pod takes them. The pod gets an address of every family of a
 * network.
 */
export function planPorts(request: AllocationRequest, view: PlanningView): readonly PlannedPort[] {
  const picks = new Map<SwitchState, Picks>();
  const refusals = new Refusals();
  const budget = newHintBudget();
  const drafts = refusals.map(request.ports, (port) => {
    const state = findSwitch(port, request.namespace, view, budget);
    const own = picks.get(state) ?? noPicks(state);
    picks.set(state, own);
    for (const ip of port.gateways ?? []) own.nextHops.add(addressKey(ip));
    const left = ownReservation(port, request, state, view.index);
    if (left !== undefined) return { port, own, ...reserved(port, left, own, request.namespace, view) };
    const { claim } = port;
    const claimed = claim && claimedPort(port, claim, state, request.namespace, view);
    // A pool counts until addresses are kept for a claim.
    if (claimed?.isNew !== false) checkChosenPool(port, state, request.namespace);
    const asked =
      claimed === undefined ? port : { ...port, addresses: claimed.addresses, mac: port.mac ?? claimed.mac };
    return { port, claimed, own, requested: takeRequested(asked, own, request.namespace, view, claimed) };
  });
  const pod = `${request.namespace}/${request.podName}`;
  const planned = refusals.map(drafts, (draft) => planPort(draft, view, pod));
  const outside = refusals.try(() => planFloating(planned, request.namespace, view));
  refusals.throwAll();
  return outside ?? planned;
}

interface Draft {
  readonly port: PortRequest;
  readonly claimed: ClaimedPort | undefined;
  readonly own: Picks;
  readonly requested: readonly PlannedAddress[];
  readonly left?: OwnReservation | undefined;
}

/** Checks what an earlier attempt has reserved as if it were asked for: the network may be another one by now. */
function reserved(port: PortRequest, left: OwnReservation, own: Picks, namespace: string, view: PlanningView) {
  const { ips, mac, claim } = left;
  const addresses = ips.map((ip) => ({ ip, prefixLength: undefined }));
  const isFirst = claim?.isFresh ?? false;
  // Addresses that the object of a claim told were looked at by the attempt that reserved them.
  const claimed = claim && { claim, kept: undefined, addresses, isFirst, isNew: isFirst, mac };
  if (claimed?.isNew !== false) checkChosenPool(port, own.state, namespace);
  const asked = { ...port, addresses, mac };
  return { left, claimed, requested: takeRequested(asked, own, namespace, view, claimed, left.port.uuid) };
}

function noPicks(state: SwitchState): Picks {
  return { state, ips: new Set(), macs: new Set(), nextHops: new Set() };
}

function takeRequested(
  port: PortRequest,
  own: Picks,
  namespace: string,
  view: PlanningView,
  claimed: ClaimedPort | undefined,
  self?: string,
): readonly PlannedAddress[] {
  const { mac } = port;
  const refusals = new Refusals();
  if (mac !== undefined) {
    refusals.try(() => {
      checkRequestedMac(port, mac, own, namespace, view, claimed, self);
      own.macs.add(mac);
    });
  }
  const taken = refusals.map(port.addresses, (wanted): PlannedAddress => {
    const pool = checkRequestedAddress(port, wanted, own, namespace, view, claimed, self);
    own.ips.add(addressKey(wanted.ip));
    return { ip: wanted.ip, prefixLength: pool.subnet.cidr.prefixLength, requested: true };
  });
  refusals.throwAll();
  return taken;
}

function planPort({ port, claimed, own, requested, left }: Draft, view: PlanningView, pod: string): PlannedPort {
  const addresses = [...requested];
  // A claim with addresses gives exactly those.
  const isComplete = port.isTap === true || (claimed !== undefined && !claimed.isFirst);
  for (const [family, pools] of isComplete ? [] : own.state.poolsFor(port.pool?.name)) {
    if (addresses.some(({ ip }) => ip.family === family)) continue;
    const ipv4 = addresses.find(({ ip }) => ip.family === 4)?.ip;
    const chosen = chooseAddress(own, pools, ipv4, view);
    if (chosen === undefined) throw exhausted(port, own.state, family);
    own.ips.add(addressKey(chosen.ip));
    addresses.push(chosen);
  }
  addresses.sort((a, b) => a.ip.family - b.ip.family);
  const mac = port.mac ?? left?.mac ?? claimed?.mac ?? firstMac(own, addresses, view, `${pod}/${port.interfaceName}`);
  if (mac === undefined) throw noMac(port, own.state);
  own.macs.add(mac);
  const dhcp = planDhcp(port, own.state.network, addresses, view.index.dhcp);
  const plan = {
    request: port,
    network: own.state.network,
    mac,
    addresses,
    ...(dhcp === undefined ? {} : { dhcp }),
    ...(left === undefined ? {} : { replaces: left.port }),
  };
  if (claimed === undefined) return plan;
  const { claim, kept, isFirst, beside } = claimed;
  const isTaken = left?.claim?.isTold === false;
  return { ...plan, claim: { claim, kept, isFresh: isFirst, beside, ...(isTaken ? { isTaken } : {}) } };
}

/** Leaves addresses in cooldown alone while there are others. */
function chooseAddress(
  own: Picks,
  pools: readonly Pool[],
  ipv4: IpAddress | undefined,
  view: PlanningView,
): PlannedAddress | undefined {
  own.state.endCooldowns(view.nowMs);
  for (const allowsCooldown of [false, true]) {
    for (const pool of pools) {
      const isBlocked = blocker(own, pool.subnet.cidr.family, view);
      const ip = pool.space.nextFree(startOf(pool, ipv4, own.state), isBlocked, allowsCooldown);
      if (ip !== undefined) return { ip, prefixLength: pool.subnet.cidr.prefixLength, requested: false };
    }
  }
  return undefined;
}

function blocker(own: Picks, family: Family, { index }: PlanningView): (value: bigint) => boolean {
  const { state, ips, nextHops } = own;
  return (value) => {
    const key = addressKey({ family, value });
    return (
      ips.has(key) || nextHops.has(key) || state.nextHops.has(key) || otherHolders(index, state, key, "plan").length > 0
    );
  };
}

/**
 * The search for an IPv6 address beside an IPv4 address begins at the same host bits. Every other search begins at
 * the pool's rotor.
 */
function startOf(pool: Pool, ipv4: IpAddress | undefined, state: SwitchState): bigint {
  const { cidr } = pool.subnet;
  const beside = ipv4 && state.pools.find(({ subnet }) => containsIp(subnet.cidr, ipv4));
  if (cidr.family === 4 || ipv4 === undefined || beside === undefined) return pool.rotor;
  const twin: IpAddress = { family: 6, value: cidr.first.value + ipv4.value - beside.subnet.cidr.first.value };
  return containsIp(cidr, twin) ? twin.value : pool.rotor;
}

function exhausted(port: PortRequest, state: SwitchState, family: Family) {
  const pools = state.poolsFor(port.pool?.name).get(family) ?? [];
  const capacity = pools.reduce((sum, pool) => sum + pool.space.capacity, 0n);
  const left = `has no free IPv${family.toString()} address left of ${capacity.toString()}`;
  const own = state.namedPools.get(port.pool?.name ?? "");
  if (own?.pools.some(({ space }) => space.subnet.family === family) === true) {
    return refusal("PoolExhausted", {
      field: port.pool?.field ?? port.field,
      value: own.name,
      reason: `is a pool of the network ${JSON.stringify(state.network.name)} and ${left}`,
      remedy:
        "delete pods that are not needed, choose another pool, or add addresses to its range in spec.pools of the network",
    });
  }
  const inPools = state.namedPools.size === 0 ? "" : ", besides those of its pools";
  return refusal("PoolExhausted", {
    field: `${port.field}.name`,
    value: state.network.name,
    reason: `${left}${inPools}`,
    remedy: "delete pods that are not needed, or add a subnet to the network, as docs/guides/full-network.md shows",
  });
}

function noMac(port: PortRequest, state: SwitchState) {
  return refusal("PoolExhausted", {
    field: `${port.field}.name`,
    value: state.network.name,
    reason: `has no free MAC address left with the prefix ${state.network.macPrefix}`,
    remedy: "give the network a shorter MAC prefix",
  });
}
