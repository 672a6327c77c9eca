import type { Operation } from "ovsdb-client";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { serviceGroupOperations } from "#src/ovn/rows/service-group.ts";
import { balancedSwitch, serviceBalancer } from "#src/ovn/owned/topology-tables.ts";
import { masterId } from "#src/ovn/rows/topology.ts";

/** Gives the operations that bring the group of all load balancers onto the switches of these networks, by their UIDs. */
export function groupWrites(
  source: RowSource,
  cluster: string,
  { rows }: OwnedRows,
  networks: readonly string[],
): readonly Operation[] {
  const wanted = new Set(networks);
  const balancers = [...rows.values()].flatMap(({ table, uuid }) =>
    table.name === serviceBalancer.name ? [uuid] : [],
  );
  const switches = [...source.rows(balancedSwitch)].flatMap(([uuid, row]) =>
    wanted.has(networkOf(row) ?? "") ? [uuid] : [],
  );
  const router = rows.get(masterId);
  return serviceGroupOperations(source, cluster, {
    balancers,
    switches,
    routers: router === undefined ? [] : [router.uuid],
  });
}
