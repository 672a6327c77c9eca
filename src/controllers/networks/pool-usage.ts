import type { Addressing } from "#src/api/network/addressing.ts";
import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import { AddressSpace } from "#src/net/address-space.ts";
import { parseAllowed, rangeOfAllowed } from "#src/net/allowed-prefixes.ts";
import { containsIp } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import type { IpRange } from "#src/net/range.ts";
import { podsBefore, subnetAges } from "./older-pods.ts";
import type { PortOnSwitch } from "./port-on-switch.ts";

export interface PoolUsage {
  readonly pools: NonNullable<NetworkStatus["pools"]>;
  /** Addresses of pods that the network would not hand out now. They were handed out before it was changed. */
  readonly strays: readonly { readonly pod: string; readonly address: string }[];
  /** The pools without a free address. */
  readonly full: NonNullable<NetworkStatus["pools"]>;
  readonly subnets: NonNullable<NetworkStatus["subnets"]>;
  /** For each subnet that came later, the pods that have no route to it. */
  readonly unrouted: ReadonlyMap<string, readonly string[]>;
}

/** The addresses that are in no pool, or those of one. */
interface Part {
  readonly name?: string;
  readonly spaces: readonly AddressSpace[];
}

function usageOfPart({ name, spaces }: Part): PoolUsage["pools"] {
  return ([4, 6] as const).flatMap((family) => {
    const own = spaces.filter(({ subnet }) => subnet.family === family);
    const capacity = own.reduce((sum, space) => sum + space.capacity, 0n);
    if (own.length === 0 || (name !== undefined && capacity === 0n)) return [];
    const free = own.reduce((sum, space) => sum + space.freeCount(), 0n);
    const usage = {
      family: `IPv${family}` as const,
      capacity: capacity.toString(),
      used: (capacity - free).toString(),
    };
    return [name === undefined ? usage : { name, ...usage }];
  });
}

/** Says how full the pools of a network are, which addresses lie outside of them, and which pods lack a route. */
export function poolUsage(
  config: Addressing,
  ports: readonly PortOnSwitch[],
  before: NetworkStatus["subnets"],
  now: string,
): PoolUsage {
  const allowed = config.allowedPrefixes.flatMap((text) => parseAllowed(text) ?? []).map(rangeOfAllowed);
  const inPools = config.pools.flatMap(({ ranges }) => ranges);
  const spacesOf = (more: readonly IpRange[], only?: readonly IpRange[]) =>
    config.subnets.map(({ cidr, gateway }) => {
      const own = gateway === undefined ? [] : [{ first: gateway, last: gateway }];
      return new AddressSpace(cidr, [...config.excluded, ...allowed, ...own, ...more], only);
    });
  const parts: readonly Part[] = [
    { spaces: spacesOf(inPools) },
    ...config.pools.map(({ name, ranges }) => ({ name, spaces: spacesOf([], ranges) })),
  ];
  const spaces = parts.flatMap((part) => part.spaces);
  const strays: { pod: string; address: string }[] = [];
  for (const { pod, ips } of ports) {
    for (const ip of ips) {
      for (const space of spaces) space.occupy(ip);
      const usable = spaces.some((space) => containsIp(space.subnet, ip) && space.isUsable(ip));
      if (pod !== undefined && !usable) strays.push({ pod, address: printIp(ip) });
    }
  }
  const pools = parts.flatMap(usageOfPart);
  const full = pools.filter(({ capacity, used }) => capacity === used);
  const subnets = subnetAges(config, before, now);
  return { pools, strays, full, subnets, unrouted: podsBefore(config, ports, subnets) };
}
