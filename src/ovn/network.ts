import type { Cidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { MacPrefix } from "#src/net/mac.ts";
import type { IpRange } from "#src/net/range.ts";
import type { PortSecurity } from "./port-security.ts";

/** One subnet of a network, with the addresses that may not be handed out of it. */
export interface NetworkSubnet {
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
  /** The ranges that the owner excluded. The gateway is not in them. */
  readonly excluded: readonly IpRange[];
}

/** A part of a network's addresses that only those get who choose it. */
export interface NamedPool {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  /**
   * The namespaces that may choose it, by names and a selector in JSON; undefined for all that may join the network. Only those
   * who know the labels of namespaces read it.
   */
  readonly admits: string | undefined;
}

export interface NetworkRoute {
  readonly dst: Cidr;
  readonly gateway: IpAddress | undefined;
}

/** DNS settings of a network. They become part of the CNI result. */
export interface NetworkDns {
  readonly nameservers?: readonly string[] | undefined;
  readonly domain?: string | undefined;
  readonly search?: readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

/** Names of namespaces; `*` stands for all. */
export type NamespaceNames = "*" | ReadonlySet<string>;

export function includesNamespace(names: NamespaceNames, namespace: string): boolean {
  return names === "*" || names.has(namespace);
}

/** A network as the planner sees it: a logical switch with ranges to hand out. It is a plain value. */
export interface Network {
  readonly name: string;
  readonly switchUuid: string;
  /** UID of the Network object that the switch was made for or that adopted it; undefined for a bare switch. */
  readonly objectUid?: string | undefined;
  readonly subnets: readonly NetworkSubnet[];
  /** The parts of the subnets that only those get who choose them. No two overlap. */
  readonly pools: readonly NamedPool[];
  readonly mtu: number | undefined;
  readonly dns: NetworkDns | undefined;
  readonly routes: readonly NetworkRoute[];
  /** Namespaces whose pods may ask for it. */
  readonly allowedNamespaces: NamespaceNames;
  /**
   * The selector when labels of namespaces decide, in the JSON of external-ids.ts. Only the webhook reads it, since
   * it knows the labels.
   */
  readonly namespaceSelector?: string | undefined;
  /** The wire that the switch leads to, by its name in `ovn-bridge-mappings`; absent where there is none. */
  readonly physicalNetwork?: string | undefined;
  /** The Uplink by which it leaves, by its name; absent for the one of the flags, or none. */
  readonly uplink?: string | undefined;
  /** Namespaces whose Network may adopt the switch. */
  readonly adoptableBy: NamespaceNames;
  readonly macPrefix: MacPrefix;
  readonly portSecurity: PortSecurity;
  /** True when pods that join are to be Ready only while their interfaces are up. */
  readonly networksReady: boolean;
  /** True when OVN answers the DHCP requests of guests. */
  readonly dhcp: boolean;
  /** Addresses and prefixes that pods may ask to send from besides their own addresses. */
  readonly allowedPrefixes: readonly string[];
  /** The reason why nothing can be handed out, in words for the switch's owner; undefined when it can. */
  readonly problem: string | undefined;
}
