/**
 * `GET /api/networks/<name>` answers a NetworkSpace: who has which part of the addresses of a network. The query `subnet` (its
 * prefix) asks for one subnet, and `after` (the `next` of an answer) for its next page.
 */
export interface NetworkSpace {
  readonly network: string;
  readonly subnets: readonly SubnetSpace[];
}

/** One subnet as segments in ascending order, which follow each other without gaps and cover the whole prefix. */
export interface SubnetSpace {
  readonly cidr: string;
  readonly gateway?: string;
  /** Decimal numbers, as they are for a /64. */
  readonly capacity: string;
  readonly used: string;
  readonly free: string;
  /** At most 1024. */
  readonly segments: readonly SpaceSegment[];
  /** The address with which the next page begins. Absent on the last page. */
  readonly next?: string;
}

/**
 * `used`: a pod has it. `reserved`: it is handed out to a pod that is not known to be stored. `held`: an IPAMClaim keeps it.
 * `router`: the gateway or another port of a router. `other`: a port of somebody, a NAT or load balancer address. `excluded`: the
 * owner of the network excluded it, or nobody can have it, as the broadcast address. `free`: the next pod can get it. `pool`: it
 * is free for those who choose the pool.
 */
export type SpaceState = "used" | "reserved" | "held" | "router" | "other" | "excluded" | "free" | "pool";

/** Addresses that follow each other and are in one state; those that somebody has are one address each. */
export interface SpaceSegment {
  readonly from: string;
  readonly to: string;
  /** The number of addresses, as a decimal number. */
  readonly size: string;
  readonly state: SpaceState;
  /** The key of the pod or claim that has it. */
  readonly key?: string;
  /** Its holder in words, as `pod shop/web-0` or `NAT address`. Absent for addresses that nobody has. */
  readonly who?: string;
  /** The port in NB. */
  readonly port?: string;
  readonly mac?: string;
  readonly allocation?: string;
  /** The name of the pool in which it lies. Absent outside of pools. */
  readonly pool?: string;
}
