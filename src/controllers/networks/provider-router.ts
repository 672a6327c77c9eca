import type { ProviderNetworkConfig } from "#src/api/provider-network/provider-network-config.ts";
import { AddressSpace } from "#src/net/address-space.ts";
import { parseAllowed, rangeOfAllowed } from "#src/net/allowed-prefixes.ts";
import { type AddressInPrefix, containsIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { providerRouterPortId } from "#src/ovn/rows/provider-router-rows.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { condition, type UndatedCondition } from "../conditions/conditions.ts";
import { findOverlap } from "./network-conflict.ts";
import type { NetworkObjectStatus } from "./network-object.ts";
import type { PortOnSwitch } from "./port-on-switch.ts";
import type { CarryingNodes } from "./wire-nodes.ts";

/** The port of the router in a ProviderNetwork as it is to be, or why there can be none. */
export type ProviderRouter =
  | {
      readonly kind: "port";
      readonly addresses: readonly AddressInPrefix[];
      readonly chassis: readonly string[];
      /** The chassis of the nodes that are to carry the network and do not. */
      readonly absent: readonly string[];
    }
  /** Nobody can say yet whether there is to be one. */
  | { readonly kind: "unknown" }
  | {
      readonly kind: "refused";
      readonly reason: "SubnetOverlap" | "AddressesHeld" | "UplinkThere";
      readonly message: string;
    };

export interface ProviderRouterFacts {
  readonly owned: OwnedRows;
  /** The ports of pods and of others on the switch. */
  readonly ports: readonly PortOnSwitch[];
  /** The names of the Uplinks whose gateways stand on the switch. */
  readonly uplinks: readonly string[];
  readonly carrying: CarryingNodes;
  /** The system id of the chassis of a node; "" or undefined when nobody has published one. */
  readonly chassisOf: (node: string) => string | undefined;
}

/**
 * Plans the port: the last free address of each subnet, which stays while nobody else has it, on the chassis of the nodes that carry
 * the network.
 */
export function planProviderRouter(config: ProviderNetworkConfig, facts: ProviderRouterFacts): ProviderRouter {
  const { owned, uplinks, carrying, chassisOf } = facts;
  const [uplink] = uplinks;
  if (uplink !== undefined) {
    const message = `the gateway of the Uplink ${uplink} stands here, and networks would not leave by it any more: end the chain in another ProviderNetwork`;
    return { kind: "refused", reason: "UplinkThere", message };
  }
  const overlap = findOverlap({ ...config, routed: true }, owned);
  if (overlap !== undefined) return { kind: "refused", reason: "SubnetOverlap", message: overlap };
  const ends = addressesOf(config, facts);
  const full = config.subnets.find((_, index) => ends[index] === undefined);
  if (full !== undefined) {
    const message = `${full.field} ${printCidr(full.cidr)} has no free address for the router: delete a pod, or exclude fewer`;
    return { kind: "refused", reason: "AddressesHeld", message };
  }
  const chassisOn = (isReady: boolean): readonly string[] => {
    const names = carrying.nodes.filter(({ ready }) => ready === isReady).map(({ name }) => name);
    return [...new Set(names.sort().flatMap((node) => chassisOf(node) || []))];
  };
  const addresses = ends.filter((end) => end !== undefined);
  return { kind: "port", addresses, chassis: chassisOn(true), absent: chassisOn(false) };
}

function addressesOf(
  config: ProviderNetworkConfig,
  { owned, ports }: ProviderRouterFacts,
): readonly (AddressInPrefix | undefined)[] {
  const row = owned.rows.get(providerRouterPortId(config))?.row;
  const before = row === undefined ? [] : [...(row["networks"] as Iterable<string>)];
  const allowed = config.allowedPrefixes.flatMap((text) => parseAllowed(text) ?? []).map(rangeOfAllowed);
  const inPools = config.pools.flatMap(({ ranges }) => ranges);
  return config.subnets.map(({ cidr, gateway }) => {
    const router = gateway === undefined ? [] : [{ first: gateway, last: gateway }];
    const space = new AddressSpace(cidr, [...config.excluded, ...inPools, ...allowed, ...router]);
    for (const { ips } of ports) for (const ip of ips) space.occupy(ip);
    const held = before
      .flatMap((text) => parseCidr(text)?.address ?? [])
      .find((address) => containsIp(cidr, address) && space.isUsable(address) && !space.isOccupied(address));
    const address = held ?? space.lastFree();
    return address && { address, cidr };
  });
}

/** The condition about the port; none where no chain needs it. The old one stays while nobody can say. */
export function routerConditions(
  router: ProviderRouter | undefined,
  before: Pick<NetworkObjectStatus, "conditions"> | undefined,
): readonly UndatedCondition[] {
  if (router === undefined) return [];
  if (router.kind === "unknown") {
    const old = before?.conditions?.find(({ type }) => type === "RouterPort");
    return old === undefined ? [] : [condition("RouterPort", old.status === "True", old.reason, old.message)];
  }
  if (router.kind === "refused") return [condition("RouterPort", false, router.reason, router.message)];
  if (router.chassis.length > 0) return [condition("RouterPort", true, "Made", "")];
  const message = "no ready node that carries the network has published its chassis: look at the nodes of the status";
  return [condition("RouterPort", false, "WaitsForNode", message)];
}

/** The addresses of the port as texts, for hosts outside. */
export function routerAddresses(router: ProviderRouter | undefined): readonly string[] {
  return router?.kind === "port" ? router.addresses.map(({ address }) => printIp(address)) : [];
}
