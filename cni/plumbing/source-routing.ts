import { orderLine } from "./order-line.ts";
import { subnetsOf } from "./own-table.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";
import { routeLine } from "./route-line.ts";

/**
 * Routes of interfaces that share a subnet, in a table for each: the main table sends everything for that subnet through
 * the first of them, and OVN's port security drops there what leaves under an address of another.
 */
export function sourceRouteLines(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.flatMap(({ name: device, addresses, gateways, tableRoutes, table }) => {
    if (table === undefined) return [];
    const subnets = subnetsOf(addresses);
    const families = new Set(subnets.map(familyOfText));
    const reached = gateways.filter((gateway) => families.has(familyOfText(gateway)));
    const all = [
      ...subnets.map((to) => ({ to, gateway: undefined })),
      ...reached.map((gateway) => ({ to: defaultDestination(familyOfText(gateway)), gateway })),
      ...tableRoutes.map(({ dst, gw }) => ({ to: dst, gateway: gw })),
    ];
    return all.map(({ to, gateway }) => routeLine("route-add", { to, hops: [{ device, gateway }], table }));
  });
}

/** Rules that send what leaves under an address of such an interface to its table. */
export function sourceRuleLines(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.flatMap(({ addresses, table }) => {
    if (table === undefined) return [];
    return addresses.map((address) => orderLine("rule", address.replace(/\/.*/, ""), table.toString()));
  });
}
