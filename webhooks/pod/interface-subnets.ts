// In which subnets of its network an interface is, and which gateways it has there. Pure.
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import type { PlannedPort } from "#src/ipam/allocation.ts";
import { containsIp } from "#src/net/cidr.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";

export type Network = PlannedPort["network"];
type Subnet = Network["subnets"][number];

/** An interface of the request with the network that it asks for. */
export interface NetworkedInterface {
  readonly asked: InterfaceRequest;
  readonly network: Network;
  /** Those that are known: what is asked for, and all once they are chosen. */
  readonly addresses: readonly IpAddress[];
}

/** Where an interface is, or may come to be, in one family. */
export interface FamilySubnets {
  /** In the order of the addresses; of the network while no address of the family is known. */
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

/** The gateway of an interface in one family: what the user wrote, else that of the first of its subnets with one. */
export function gatewayOf(item: NetworkedInterface, family: Family): IpAddress | undefined {
  const written = item.asked.gateways.find((ip) => ip.family === family);
  return written ?? interfaceSubnets(item, family).subnets.find(({ gateway }) => gateway !== undefined)?.gateway;
}

/** The gateways of an interface, at most one of each family, IPv4 first. */
export function gatewaysOf(item: NetworkedInterface): readonly IpAddress[] {
  return [gatewayOf(item, 4), gatewayOf(item, 6)].filter((ip) => ip !== undefined);
}

/**
 * Subnets without a gateway, beside others with one, from which an address may yet be chosen: whether the interface will
 * have a gateway is not known then.
 */
export function doubtfulSubnets(item: NetworkedInterface, family: Family): readonly Subnet[] {
  const { subnets, isSettled } = interfaceSubnets(item, family);
  if (isSettled || item.asked.gateways.some((ip) => ip.family === family)) return [];
  const without = subnets.filter(({ gateway }) => gateway === undefined);
  return without.length === subnets.length ? [] : without;
}
