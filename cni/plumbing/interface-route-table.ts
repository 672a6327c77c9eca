import type { InterfaceResult, RouteResult } from "#src/api/result.ts";
import { containsIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import { equalIp, parseIp } from "#src/net/ip.ts";

/** First routing table number that we use in a pod. The kernel's own tables have smaller numbers. */
export const firstTable = 1_000;

/** The subnets of addresses with prefix length, each once. */
export function subnetTextsOf(addresses: readonly string[]): readonly string[] {
  const cidrs = addresses.flatMap((address) => parseCidr(address)?.cidr ?? []);
  return [...new Set(cidrs.map(printCidr))];
}

/** The routing table of an interface that shares a subnet with another one of its pod, else undefined. */
export function interfaceRouteTable(index: number, addresses: readonly (readonly string[])[]): number | undefined {
  const own = new Set(subnetTextsOf(addresses[index] ?? []));
  const isShared = addresses.some(
    (others, at) => at !== index && subnetTextsOf(others).some((subnet) => own.has(subnet)),
  );
  return isShared ? firstTable + index : undefined;
}

/**
 * The interfaces that an interface found in its pod, as far as the result tells. One that was there from the start has a table
 * when another from the start shares its subnet; one that was plugged later may have a table because of all before it.
 */
export function foundInPod(result: InterfaceResult, all: readonly InterfaceResult[]): readonly InterfaceResult[] {
  if (result.plugged === true) return all.slice(0, all.indexOf(result) + 1);
  return all.filter((other) => other.plugged !== true);
}

/**
 * The routes for the table of an interface: its own, and those of other interfaces on the same network, because the main
 * table has each destination only once. A route whose gateway is not in the interface's own subnets is left out.
 */
export function tableRoutes(result: InterfaceResult, all: readonly InterfaceResult[]): readonly RouteResult[] {
  const own = result.routes ?? [];
  const siblings = all.filter((other) => other !== result && other.network === result.network);
  const byDestination = new Map(own.map((route) => [route.dst, route]));
  for (const route of siblings.flatMap(({ routes = [] }) => routes)) {
    if (!byDestination.has(route.dst) && isReached(route, result)) byDestination.set(route.dst, route);
  }
  return [...byDestination.values()];
}

function isReached({ gw }: RouteResult, { ip_address: addresses }: InterfaceResult): boolean {
  if (gw === undefined) return true;
  return addresses.some((own) => isInSubnetOf(own, gw)) && !addresses.some((own) => isAddressOf(own, gw));
}

/** True when `address` is in the subnet of `own`, which has a prefix length. */
export function isInSubnetOf(own: string, address: string): boolean {
  const subnet = parseCidr(own)?.cidr;
  const ip = parseIp(address);
  return subnet !== undefined && ip !== undefined && containsIp(subnet, ip);
}

function isAddressOf(own: string, address: string): boolean {
  const [mine, ip] = [parseCidr(own)?.address, parseIp(address)];
  return mine !== undefined && ip !== undefined && equalIp(mine, ip);
}
