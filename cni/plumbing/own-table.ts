import type { InterfaceResult, RouteResult } from "#src/api/result.ts";
import { containsIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import { equalIp, parseIp } from "#src/net/ip.ts";

/** Below are the kernel's own tables; a pod's interfaces count up from here. */
const firstTable = 1_000;

/** The subnets of addresses with prefix length, each once. */
export function subnetTextsOf(addresses: readonly string[]): readonly string[] {
  const cidrs = addresses.flatMap((address) => parseCidr(address)?.cidr ?? []);
  return [...new Set(cidrs.map(printCidr))];
}

/** The routing table of an interface that shares a subnet with another one of its pod; undefined: it shares none. */
export function ownTable(index: number, addresses: readonly (readonly string[])[]): number | undefined {
  const own = new Set(subnetTextsOf(addresses[index] ?? []));
  const isShared = addresses.some(
    (others, at) => at !== index && subnetTextsOf(others).some((subnet) => own.has(subnet)),
  );
  return isShared ? firstTable + index : undefined;
}

/**
 * The routes for the table of an interface: its own, and those that stand at another interface on the same network, since
 * the main table has a destination once. Only what its own subnets reach.
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

/** Whether an address lies in the subnet of another one, which has a prefix length. */
export function isInSubnetOf(own: string, address: string): boolean {
  const subnet = parseCidr(own)?.cidr;
  const ip = parseIp(address);
  return subnet !== undefined && ip !== undefined && containsIp(subnet, ip);
}

function isAddressOf(own: string, address: string): boolean {
  const [mine, ip] = [parseCidr(own)?.address, parseIp(address)];
  return mine !== undefined && ip !== undefined && equalIp(mine, ip);
}
