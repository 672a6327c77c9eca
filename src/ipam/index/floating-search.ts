// Says who else has an address outside. This is the only place that defines what counts as having it.
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import { floatingMac } from "#src/ovn/rows/floating-rows.ts";
import { addressKey } from "./address-key.ts";
import type { AddressIndex } from "./address-index.ts";
import type { FloatingHolder } from "./floating-addresses.ts";
import type { AddressHolder, NonPortHolder } from "./holders.ts";

/** One who has an address outside, or the MAC that goes with it. */
export type OutsideHolder =
  | { readonly kind: "floating"; readonly row: FloatingHolder }
  | { readonly kind: "port"; readonly uuid: string; readonly what: "address" | "MAC address" }
  | NonPortHolder;

/**
 * Finds those who have the address, without the rows of `self`: NAT rules, FloatingIPs and Services of every uplink, load balancers,
 * and the ports and routers on the switch on which the gateway stands. The MAC counts where chassis answer with it.
 */
export function outsideHolders(
  index: AddressIndex,
  gateway: FloatingGateway,
  ip: IpAddress,
  distributed: boolean,
  self = "",
): readonly OutsideHolder[] {
  const rows = index.floating.others(ip, self).map((row): OutsideHolder => ({ kind: "floating", row }));
  const key = addressKey(ip);
  const balancer = index.virtual.balancerOf(key, self);
  const outside = gateway.providerNetwork === undefined ? [] : index.named(gateway.providerNetwork);
  const onSwitch = outside.flatMap((state) => state.ips.of(key).map((holder) => shown(holder, "address")));
  const withMac = distributed ? outside.flatMap((state) => state.macs.of(floatingMac(ip))) : [];
  const others = [...onSwitch, ...withMac.map((holder) => shown(holder, "MAC address"))];
  return [...rows, ...(balancer === undefined ? [] : [balancer]), ...others];
}

function shown(holder: AddressHolder, what: "address" | "MAC address"): OutsideHolder {
  return typeof holder === "string" ? { kind: "port", uuid: holder, what } : holder;
}

/** The UUID of the port of a rule. There are more ports than switches, so that it is looked for by its address. */
export function portOfRow(
  { logicalIp, holder }: Pick<FloatingHolder, "logicalIp" | "holder">,
  index: AddressIndex,
): string | undefined {
  const ip = parseIp(logicalIp);
  if (ip === undefined) return undefined;
  for (const state of index.switches()) {
    for (const uuid of state.ips.of(addressKey(ip))) {
      if (typeof uuid === "string" && index.port(uuid)?.name === holder) return uuid;
    }
  }
  return undefined;
}
