import type { CniResult, CniRoute } from "#cni/contract/result.ts";
import { mergedDns } from "./merged-dns.ts";
import { isInSubnetOf } from "./own-table.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";

/**
 * What ADD answers for these interfaces: for each the host's end and the pod's end, whose `sandbox` is CNI_NETNS.
 * Multus makes one network-status entry of each interface with a sandbox, its addresses found by their index.
 */
export function sandboxResult(interfaces: readonly PodInterface[], netns: string): CniResult {
  const dns = mergedDns(interfaces.map((one) => one.dns));
  return {
    interfaces: interfaces.flatMap(({ name, hostName, mac, mtu }) => [
      { name: hostName, mtu },
      { name, mac, mtu, sandbox: netns },
    ]),
    ips: interfaces.flatMap((one, index) =>
      one.addresses.map((address) => {
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
