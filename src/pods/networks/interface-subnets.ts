// Finds the subnets of its network in which an interface is, and the gateways that it has there. Pure.
import { containsIp } from "#src/net/cidr.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import type { NetworkedInterface } from "./networked-interface.ts";

type Subnet = NetworkedInterface["network"]["subnets"][number];

/** The subnets of one family in which an interface is, or may come to be. */
export interface FamilySubnets {
  /** In the order of the addresses; all subnets of the network while no address of the family is known. */
  readonly subnets: readonly Subnet[];
  /** False while an address may yet be chosen from any of several subnets. */
  readonly isSettled: boolean;
}

export function interfaceSubnets({ network, addresses }: NetworkedInterface, family: Family): FamilySubnets {
  const all = network.subnets.filter(({ cidr }) => cidr.family === family);
  const known = addresses.flatMap((ip) => all.filter(({ cidr }) => containsIp(cidr, ip)));
  if (known.length === 0) return { subnets: all, isSettled: all.length < 2 };
  return { subnets: [...new Set(known)], isSettled: true };
}

/** The gateway of an interface in one family: the one that the user wrote, else that of its first subnet with a gateway. */
export function gatewayOf(item: NetworkedInterface, family: Family): IpAddress | undefined {
  const written = item.asked.gateways.find((ip) => ip.family === family);
  return written ?? interfaceSubnets(item, family).subnets.find(({ gateway }) => gateway !== undefined)?.gateway;
}

/** The gateways of an interface, at most one of each family, IPv4 first. */
export function gatewaysOf(item: NetworkedInterface): readonly IpAddress[] {
  return [gatewayOf(item, 4), gatewayOf(item, 6)].filter((ip) => ip !== undefined);
}

/**
 * The subnets without a gateway from which an address may yet be chosen, where other subnets of the network have one. While
 * there are any, nobody knows whether the interface will have a gateway.
 */
export function doubtfulSubnets(item: NetworkedInterface, family: Family): readonly Subnet[] {
  const { subnets, isSettled } = interfaceSubnets(item, family);
  if (isSettled || item.asked.gateways.some((ip) => ip.family === family)) return [];
  const without = subnets.filter(({ gateway }) => gateway === undefined);
  return without.length === subnets.length ? [] : without;
}
