// Checks an address or a MAC that a user asks for.
import type { RequestedAddress } from "#src/api/request/requested-address.ts";
import { refusal } from "#src/core/errors.ts";
import { containsIp, isNetworkOrBroadcast, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { isUnicast, type Mac } from "#src/net/mac.ts";
import { claimKey } from "#src/ovn/claims/port-claim.ts";
import { addressKey, type HolderKey } from "../index/address-key.ts";
import type { PortRequest } from "../allocation.ts";
import { type OtherHolder, otherHolders } from "../index/other-holders.ts";
import { type AddressUser, byAnotherPod, bySiblingInterface, describePod, describePort } from "./address-user.ts";
import type { RecoveredPod } from "../index/recovered-addresses.ts";
import type { ClaimedPort } from "./claim-choice.ts";
import type { Picks, PlanningView } from "./planning-view.ts";
import type { Pool } from "../index/switch-state.ts";
import { checkPoolOfAddress } from "./pool-choice.ts";

const keepOutOfTheWay = "free the address, or delete the claim to get another one";

/** Finds those who are in the way of the port. The addresses that its own claim keeps are not, nor is `self`, whose place it takes. */
function inTheWay(
  view: PlanningView,
  state: Picks["state"],
  key: HolderKey,
  claimed: ClaimedPort | undefined,
  self: string | undefined,
) {
  const holders = otherHolders(view.index, state, key, "plan", self ?? claimed?.kept?.uuid ?? claimed?.beside?.uuid);
  if (claimed === undefined || holders.length === 0) return holders;
  const own = claimKey(claimed.claim);
  return holders.filter((holder) => holder.kind !== "recovered pod" || holder.pod.keptFor !== own);
}

/** Finds the pool of a requested address. Throws the refusal when the address cannot be given. */
export function checkRequestedAddress(
  port: PortRequest,
  wanted: RequestedAddress,
  own: Picks,
  namespace: string,
  view: PlanningView,
  claimed?: ClaimedPort,
  self?: string,
): Pool {
  const { state } = own;
  const { ip, prefixLength } = wanted;
  const isClaimed = claimed !== undefined && !claimed.isFirst;
  const asked = port.addressField ?? `${port.field}.ipAddress`;
  const at = { field: isClaimed ? (port.claim?.field ?? port.field) : asked, value: printIp(ip) };
  const leaveOut = `leave ${port.addressField === undefined ? "ipAddress" : "ordinalAddresses"} out`;
  const remedy = isClaimed ? keepOutOfTheWay : `ask for another address, or ${leaveOut}`;
  const pools = state.namedPoolOf(ip)?.pools ?? state.pools;
  const pool = pools.find(({ subnet }) => containsIp(subnet.cidr, ip));
  if (pool === undefined) {
    const subnets = state.pools.map(({ subnet }) => printCidr(subnet.cidr)).join(" and ");
    const shown = JSON.stringify(state.network.name);
    throw refusal(
      "AddressOutOfRange",
      subnets === ""
        ? {
            ...at,
            reason: `is asked for on the network ${shown}, which hands out no addresses`,
            remedy: leaveOut,
          }
        : {
            ...at,
            reason: `is outside the network ${shown}, which has ${subnets}`,
            remedy: isClaimed ? keepOutOfTheWay : `ask for an address inside, or ${leaveOut}`,
          },
    );
  }
  const { cidr } = pool.subnet;
  if (prefixLength !== undefined && prefixLength !== cidr.prefixLength) {
    throw refusal("Malformed", {
      ...at,
      value: `${printIp(ip)}/${prefixLength.toString()}`,
      reason: `is asked for with the mask /${prefixLength.toString()}, but the subnet is ${printCidr(cidr)}`,
      remedy: `write ${printIp(ip)} without a mask`,
    });
  }
  // A claim keeps its addresses whatever becomes of the pools.
  if (claimed?.isNew !== false) checkPoolOfAddress(port, ip, state, at);
  const key = addressKey(ip);
  const holders = inTheWay(view, state, key, claimed, self);
  const reserved = whyReserved(pool, ip, holders);
  if (reserved !== undefined) {
    throw refusal("AddressReserved", {
      ...at,
      reason: reserved,
      remedy,
    });
  }
  const user = userOf(own.ips.has(key), holders, namespace, view);
  if (user !== undefined) {
    throw refusal("AddressInUse", {
      ...at,
      reason: `is in use${user.shown} on the network ${JSON.stringify(state.network.name)}`,
      remedy,
      ...(user.holder === undefined ? {} : { holder: user.holder }),
    });
  }
  return pool;
}

/** Throws a refusal unless the MAC is one that an interface can have and nobody on the network holds it. */
export function checkRequestedMac(
  port: PortRequest,
  mac: Mac,
  own: Picks,
  namespace: string,
  view: PlanningView,
  claimed?: ClaimedPort,
  self?: string,
): void {
  const at = { field: `${port.field}.macAddress`, value: mac };
  if (!isUnicast(mac)) {
    throw refusal("Malformed", {
      ...at,
      reason: "is a group address, which no interface can have",
      remedy: "write a MAC address whose second digit is even, or leave macAddress out",
    });
  }
  const holders = inTheWay(view, own.state, mac, claimed, self);
  const user = userOf(own.macs.has(mac), holders, namespace, view);
  if (user === undefined) return;
  throw refusal("MacInUse", {
    ...at,
    reason: `is in use${user.shown} on the network ${JSON.stringify(own.state.network.name)}`,
    remedy: "ask for another MAC address, or leave macAddress out",
    ...(user.holder === undefined ? {} : { holder: user.holder }),
  });
}

function whyReserved(pool: Pool, ip: IpAddress, holders: readonly OtherHolder[]): string | undefined {
  const { cidr, gateway } = pool.subnet;
  if (gateway !== undefined && equalIp(gateway, ip)) return `is the gateway of ${printCidr(cidr)}`;
  if (isNetworkOrBroadcast(cidr, ip)) return `is the network or broadcast address of ${printCidr(cidr)}`;
  if (!pool.space.isUsable(ip)) return `is excluded from ${printCidr(cidr)}`;
  const nonPort = holders.find((holder) => "name" in holder);
  return nonPort === undefined ? undefined : `is a ${nonPort.kind}`;
}

/**
 * Describes the one who stands in the way. Interfaces of one pod are planned together, so none of them is in the
 * index yet.
 */
function userOf(
  isSiblings: boolean,
  [holder]: readonly OtherHolder[],
  namespace: string,
  view: PlanningView,
): AddressUser | undefined {
  if (isSiblings) return bySiblingInterface;
  return holder && describe(holder, namespace, view);
}

/** A claim whose row NB lost. */
function byClaim(pod: RecoveredPod, namespace: string): AddressUser {
  const holder = `IPAMClaim ${pod.namespace}/${pod.pod}`;
  return { shown: pod.namespace === namespace ? ` by the ${holder}` : " by an IPAMClaim of another namespace", holder };
}

/** A holder is named to the user when it is in the same namespace, or is no pod of ours (a VM's port). */
function describe(holder: OtherHolder, namespace: string, view: PlanningView): AddressUser {
  switch (holder.kind) {
    case "withheld":
      return byAnotherPod;
    case "recovered pod":
      return holder.pod.keptFor === undefined ? describePod(holder.pod, namespace) : byClaim(holder.pod, namespace);
    case "port":
      return describePort(holder.uuid, namespace, view.index);
    default:
      return { shown: ` by a ${holder.kind}`, holder: `${holder.kind} ${holder.name}` };
  }
}
