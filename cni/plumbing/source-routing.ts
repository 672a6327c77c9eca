import type { Family } from "#src/net/ip.ts";
import { batchLine } from "./ip-batch.ts";
import { subnetsOf } from "./own-table.ts";
import { familyOfText, type PodInterface } from "./pod-interface.ts";

/**
 * Routes of interfaces that share a subnet, in a table for each: the main table sends everything for that subnet through
 * the first of them, and OVN's port security drops there what leaves under an address of another.
 */
export function sourceRouteLines(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.flatMap(({ name, addresses, gateways, routes, table }) => {
    if (table === undefined) return [];
    const inTable = ["dev", name, "table", table.toString()];
    const subnets = subnetsOf(addresses);
    const families = new Set(subnets.map(familyOfText));
    return [
      ...subnets.map((subnet) => batchLine("route", "add", subnet, ...inTable)),
      ...gateways
        .filter((gateway) => families.has(familyOfText(gateway)))
        .map((gateway) => batchLine("route", "add", "default", "via", gateway, ...inTable)),
      ...routes.map(({ dst, gw }) =>
        batchLine("route", "add", dst, ...(gw === undefined ? [] : ["via", gw]), ...inTable),
      ),
    ];
  });
}

/** Rules that send what leaves under an address of such an interface to its table; `ip` takes one family at a time. */
export function sourceRuleLines(interfaces: readonly PodInterface[], family: Family): readonly string[] {
  return interfaces.flatMap(({ addresses, table }) => {
    if (table === undefined) return [];
    const own = addresses.filter((address) => familyOfText(address) === family);
    return own.map((address) => {
      return batchLine("rule", "add", "from", address.replace(/\/.*/, ""), "lookup", table.toString());
    });
  });
}
