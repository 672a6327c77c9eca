import { subnetTextsOf } from "./interface-route-table.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";
import type { KernelRoute } from "./route-command.ts";

/**
 * Routes of interfaces that share a subnet. Each such interface has a table of its own, because the main table sends all
 * packets for the subnet through the first interface, and OVN's port security drops there the packets of the others.
 */
export function sourceRoutes(interfaces: readonly PodInterface[]): readonly KernelRoute[] {
  return interfaces.flatMap(({ name: device, addresses, gateways, tableRoutes, table }) => {
    if (table === undefined) return [];
    const subnets = subnetTextsOf(addresses);
    const families = new Set(subnets.map(familyOfText));
    const reached = gateways.filter((gateway) => families.has(familyOfText(gateway)));
    const all = [
      ...subnets.map((to) => ({ to, gateway: undefined })),
      ...reached.map((gateway) => ({ to: defaultDestination(familyOfText(gateway)), gateway })),
      ...tableRoutes.map(({ dst, gw }) => ({ to: dst, gateway: gw })),
    ];
    return all.map(({ to, gateway }) => ({ to, hops: [{ device, gateway }], table }));
  });
}

export interface SourceRule {
  /** Without prefix length. */
  readonly address: string;
  readonly table: number;
}

/** Rules that send packets with a source address of such an interface to its table. */
export function sourceRules(interfaces: readonly PodInterface[]): readonly SourceRule[] {
  return interfaces.flatMap(({ addresses, table }) => {
    if (table === undefined) return [];
    return addresses.map((address) => ({ address: address.replace(/\/.*/, ""), table }));
  });
}
