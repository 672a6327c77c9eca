// The checks of what a user asks for by itself: an address, a MAC.
import { refusal } from "#src/core/errors.ts";
import { containsIp, isNetworkOrBroadcast, printCidr } from "#src/net/cidr.ts";
import { equalIp, printIp } from "#src/net/ip.ts";
import { isUnicast, type Mac } from "#src/net/mac.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { addressKey } from "../index/address-key.ts";
import type { PortRequest, RequestedAddress } from "../allocation.ts";
import type { RecoveredPod } from "../index/recovered-addresses.ts";
import type { AddressHolder } from "../index/holders.ts";
import { isMacTaken } from "./mac-choice.ts";
import type { Picks, PlanningView } from "./planning-view.ts";
import type { Pool } from "../index/switch-state.ts";

/** The pool that a requested address comes from, when nobody and nothing else has the address; else the refusal. */
export function checkRequestedAddress(
  port: PortRequest,
  wanted: RequestedAddress,
  own: Picks,
  namespace: string,
  view: PlanningView,
): Pool {
  const { state } = own;
  const { ip, prefixLength } = wanted;
  const at = { field: `${port.field}.ipAddress`, value: printIp(ip) };
  const pool = state.pools.find(({ subnet }) => containsIp(subnet.cidr, ip));
  if (pool === undefined) {
    const subnets = state.pools.map(({ subnet }) => printCidr(subnet.cidr)).join(" and ");
    throw refusal("AddressOutOfRange", {
      ...at,
      reason: `is outside the network ${JSON.stringify(state.network.name)}, which has ${subnets}`,
      remedy: "ask for an address inside, or leave ipAddress out",
    });
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
  const reserved = whyReserved(pool, wanted, own, view);
  if (reserved !== undefined) {
    throw refusal("AddressReserved", {
      ...at,
      reason: reserved,
      remedy: "ask for another address, or leave ipAddress out",
    });
  }
  const user = whoUses(wanted, own, namespace, view);
  if (user !== undefined) {
    throw refusal("AddressInUse", {
      ...at,
      reason: `is in use${user.shown} on the network ${JSON.stringify(state.network.name)}`,
      remedy: "ask for another address, or leave ipAddress out",
      ...(user.holder === undefined ? {} : { holder: user.holder }),
    });
  }
  return pool;
}

/** Throws unless the MAC is one that an interface can have and nobody on the network has. */
export function checkRequestedMac(
  port: PortRequest,
  mac: Mac,
  own: Picks,
  namespace: string,
  view: PlanningView,
): void {
  const at = { field: `${port.field}.macAddress`, value: mac };
  if (!isUnicast(mac)) {
    throw refusal("Malformed", {
      ...at,
      reason: "is a group address, which no interface can have",
      remedy: "write a MAC address whose second digit is even, or leave macAddress out",
    });
  }
  if (!isMacTaken(mac, own, view)) return;
  const user = whoHasMac(mac, own, namespace, view);
  throw refusal("MacInUse", {
    ...at,
    reason: `is in use${user.shown} on the network ${JSON.stringify(own.state.network.name)}`,
    remedy: "ask for another MAC address, or leave macAddress out",
    ...(user.holder === undefined ? {} : { holder: user.holder }),
  });
}

function whyReserved(pool: Pool, wanted: RequestedAddress, own: Picks, view: PlanningView): string | undefined {
  const { cidr, gateway } = pool.subnet;
  const key = addressKey(wanted.ip);
  if (gateway !== undefined && equalIp(gateway, wanted.ip)) return `is the gateway of ${printCidr(cidr)}`;
  if (isNetworkOrBroadcast(cidr, wanted.ip)) return `is the network or broadcast address of ${printCidr(cidr)}`;
  if (!pool.space.isUsable(wanted.ip)) return `is excluded from ${printCidr(cidr)}`;
  const fixture = own.state.ips.of(key).find((holder) => typeof holder === "object") ?? view.index.virtual.of(key);
  return fixture === undefined ? undefined : `is a ${fixture.kind}`;
}

interface User {
  /** What anybody may read: ` by pod "a"`, or nothing. */
  readonly shown: string;
  /** For the log and the audit annotation. */
  readonly holder?: string;
}

const bySibling: User = { shown: " by another interface of this pod" };
const byAnother: User = { shown: " by another pod that is being created" };

function whoUses(wanted: RequestedAddress, own: Picks, namespace: string, view: PlanningView): User | undefined {
  const key = addressKey(wanted.ip);
  const [holder] = own.state.ips.of(key);
  if (holder !== undefined) return describe(holder, namespace, view);
  if (own.ips.has(key)) return bySibling;
  if (own.state.plannedIps.has(key)) return byAnother;
  const claim = view.index.recovered.of(own.state.network.name, key);
  return claim === undefined ? undefined : describeClaim(claim, namespace);
}

function whoHasMac(mac: Mac, own: Picks, namespace: string, view: PlanningView): User {
  const holder = own.state.macs.of(mac)[0] ?? view.index.virtual.of(mac);
  if (holder !== undefined) return describe(holder, namespace, view);
  if (own.macs.has(mac)) return bySibling;
  const claim = view.index.recovered.of(own.state.network.name, mac);
  return claim === undefined ? byAnother : describeClaim(claim, namespace);
}

/** A holder is named to the user when it is in the same namespace or is no pod of ours (a VM's port). */
function describe(holder: AddressHolder, namespace: string, view: PlanningView): User {
  if (typeof holder === "object") return { shown: ` by a ${holder.kind}`, holder: `${holder.kind} ${holder.name}` };
  const row = view.index.port(holder);
  if (row === undefined) return { shown: "" };
  const owner = portOwner(row.external_ids);
  if (owner === undefined) return { shown: ` by the port ${JSON.stringify(row.name)}`, holder: `port ${row.name}` };
  if (owner.pod === "") return { ...byAnother, holder: `a reservation of namespace ${owner.namespace}` };
  const pod = `pod ${owner.namespace}/${owner.pod}`;
  return { shown: owner.namespace === namespace ? ` by ${pod}` : " by a pod of another namespace", holder: pod };
}

function describeClaim(claim: RecoveredPod, namespace: string): User {
  const pod = `pod ${claim.namespace}/${claim.pod}`;
  return { shown: claim.namespace === namespace ? ` by ${pod}` : " by a pod of another namespace", holder: pod };
}
