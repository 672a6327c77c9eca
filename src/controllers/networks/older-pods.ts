import type { Addressing } from "#src/api/network/addressing.ts";
import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import type { PortOnSwitch } from "./port-on-switch.ts";

type SubnetAges = NonNullable<NetworkStatus["subnets"]>;

/**
 * Says since when each subnet is in the network. Subnets of the first status have no date, since no pod can be older; one
 * that comes later is dated when it is seen first.
 */
export function subnetAges(config: Addressing, before: SubnetAges | undefined, now: string): SubnetAges {
  const known = new Map(before?.map((one) => [one.subnet, one]));
  return config.subnets.map(({ cidr }) => {
    const subnet = printCidr(cidr);
    return known.get(subnet) ?? (before === undefined ? { subnet } : { subnet, since: now });
  });
}

/**
 * Finds the pods that were given their addresses before a subnet came, and that are in another one of its family: routes are
 * written into a pod when it is created, so they have none to the new subnet.
 */
export function podsBefore(
  config: Addressing,
  ports: readonly PortOnSwitch[],
  ages: SubnetAges,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { subnet, since } of ages) {
    const cidr = config.subnets.find((one) => printCidr(one.cidr) === subnet)?.cidr;
    if (since === undefined || cidr === undefined) continue;
    const sinceMs = Date.parse(since);
    const pods = ports.flatMap(({ pod, ips, reservedAtMs }) => {
      const isOlder = reservedAtMs !== undefined && reservedAtMs < sinceMs;
      const isBeside = ips.some(({ family }) => family === cidr.family) && !ips.some((ip) => containsIp(cidr, ip));
      return pod !== undefined && isOlder && isBeside ? [pod] : [];
    });
    if (pods.length > 0) found.set(subnet, [...new Set(pods)]);
  }
  return found;
}
