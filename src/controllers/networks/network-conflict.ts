import type { NetworkConfig } from "#src/api/network/network-config.ts";
import { type Cidr, cidrsOverlap, parseCidr, printCidr } from "#src/net/cidr.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";

/**
 * Says which subnet of the network overlaps one that another port of the router has already; undefined when there is
 * none.
 */
export function findOverlap(
  config: Pick<NetworkConfig, "uid" | "routed" | "subnets">,
  owned: OwnedRows,
): string | undefined {
  if (!config.routed) return undefined;
  for (const { table, id, row } of owned.rows.values()) {
    if (table.name !== "Logical_Router_Port" || id.startsWith(`${config.uid}/`)) continue;
    for (const other of prefixesOf(row["networks"])) {
      const subnet = config.subnets.find(({ cidr }) => cidrsOverlap(cidr, other));
      if (subnet === undefined) continue;
      return `${subnet.field} ${printCidr(subnet.cidr)} overlaps ${printCidr(other)} of the router port ${String(row["name"])}`;
    }
  }
  return undefined;
}

function prefixesOf(networks: unknown): readonly Cidr[] {
  const texts = Array.isArray(networks) ? networks.map(String) : [];
  return texts.map((text) => parseCidr(text)?.cidr).filter((cidr) => cidr !== undefined);
}
