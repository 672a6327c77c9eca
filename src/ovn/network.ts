import type { Cidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { MacPrefix } from "#src/net/mac.ts";
import type { IpRange } from "#src/net/range.ts";

/** One subnet of a network, with what may not be handed out of it. */
export interface NetworkSubnet {
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
  /** Excluded by the owner; the gateway is not in it. */
  readonly excluded: readonly IpRange[];
}

export interface NetworkRoute {
  readonly dst: Cidr;
  readonly gateway: IpAddress | undefined;
}

/** DNS settings that go into the CNI result. */
export interface NetworkDns {
  readonly nameservers?: readonly string[] | undefined;
  readonly domain?: string | undefined;
  readonly search?: readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

/** A network as the planner sees it: a logical switch with ranges to hand out. A plain value. */
export interface Network {
  readonly name: string;
  readonly switchUuid: string;
  readonly subnets: readonly NetworkSubnet[];
  readonly mtu: number | undefined;
  readonly dns: NetworkDns | undefined;
  readonly routes: readonly NetworkRoute[];
  /** Namespaces whose pods may ask for it; `*` = all. */
  readonly allowedNamespaces: "*" | ReadonlySet<string>;
  /** When labels of namespaces decide: JSON as in external-ids.ts, for the webhook, which knows the labels. */
  readonly namespaceSelector?: string | undefined;
  readonly macPrefix: MacPrefix;
  /** Why nothing can be handed out, in words for the switch's owner; undefined = it can. */
  readonly problem: string | undefined;
}
