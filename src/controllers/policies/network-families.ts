import type { Family } from "#src/net/ip.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import type { RowSource } from "#src/ovn/row-source.ts";

/**
 * The families of the addresses on each network, whoever made its switch. Where nobody hands out addresses pods may have those
 * of both.
 */
export function networkFamilies(source: RowSource): ReadonlyMap<string, readonly Family[]> {
  const rows = [...source.rows(logicalSwitch)];
  return new Map(
    rows.map(([uuid, row]) => {
      const { subnets } = networkFromSwitch(uuid, row, []);
      const families = ([4, 6] as const).filter((family) => subnets.some(({ cidr }) => cidr.family === family));
      return [row.name, families.length === 0 ? [4, 6] : families] as const;
    }),
  );
}
