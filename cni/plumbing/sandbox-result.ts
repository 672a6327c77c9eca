import type { CniDns, CniResult, CniRoute } from "#cni/contract/result.ts";
import type { DnsResult } from "#src/api/result.ts";
import { isInSubnetOf } from "./interface-route-table.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";

/**
 * The answer of ADD for these interfaces. Each has a host's end and a pod's end; the `sandbox` of the pod's end is
 * CNI_NETNS. Multus makes one network-status entry of each interface with a sandbox, and finds its addresses by their index.
 */
export function sandboxResult(interfaces: readonly PodInterface[], netns: string): CniResult {
  const dns = mergedDns(interfaces.map((one) => one.dns));
  return {
    interfaces: interfaces.flatMap(({ name, hostName, mac, mtu }) => [
      { name: hostName, mtu },
      { name, mac, mtu, sandbox: netns },
    ]),
    ips: interfaces.flatMap((one, index) =>
      toldAddresses(one).map((address) => {
        // The interface may have addresses in several subnets of a family, and its gateway lies in one of them.
        const gateway = one.gateways.find((text) => isInSubnetOf(address, text));
        return { address, ...(gateway === undefined ? {} : { gateway }), interface: 2 * index + 1 };
      }),
    ),
    routes: interfaces.flatMap(({ routes, defaultGateways }) => [
      ...routes.map(({ dst, gw }): CniRoute => (gw === undefined ? { dst } : { dst, gw })),
      ...defaultGateways.map((gw): CniRoute => ({ dst: defaultDestination(familyOfText(gw)), gw })),
    ]),
    ...(dns === undefined ? {} : { dns }),
  };
}

/** The addresses by which others reach what is behind an interface: a guest has them in place of the pod. */
export function toldAddresses({ addresses, guestAddresses = addresses }: PodInterface): readonly string[] {
  return guestAddresses;
}

const lists = ["nameservers", "search", "options"] as const;

/** Merges the DNS settings of several networks. Equal values appear once, in interface order; the first `domain` wins. */
export function mergedDns(all: readonly (DnsResult | undefined)[]): CniDns | undefined {
  const given = all.filter((dns) => dns !== undefined);
  const domain = given.find((dns) => dns.domain !== undefined)?.domain;
  const merged: CniDns = domain === undefined ? {} : { domain };
  for (const list of lists) {
    const values = [...new Set(given.flatMap((dns) => dns[list] ?? []))];
    if (values.length > 0) merged[list] = values;
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}
