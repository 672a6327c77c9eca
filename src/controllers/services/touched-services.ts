import { changeIn, type RowChange } from "ovsdb-client";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { serviceScopes } from "#src/ovn/rows/service-rows.ts";
import {
  addressSet,
  balancedSwitch,
  loadBalancerGroup,
  logicalRouter,
  serviceBalancer,
} from "#src/ovn/owned/topology-tables.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { printIp } from "#src/net/ip.ts";

/** The Services that a message of NB concerns. */
export interface TouchedServices {
  /** UIDs of the Services of this cluster whose rows changed. */
  readonly uids: ReadonlySet<string>;
  /** Addresses that a load balancer of this cluster got or left. */
  readonly addresses: ReadonlySet<string>;
  /** True when a load balancer of somebody else came, went, or has other addresses than before. */
  readonly foreign: boolean;
}

/** Sorts the changes of load balancers, and of held addresses. Most of them are other backends, which concern one Service. */
export function touchedServices(changes: readonly RowChange[], cluster: string): TouchedServices {
  const uids = new Set<string>();
  const addresses = new Set<string>();
  let foreign = false;
  for (const change of changes) {
    // The row that holds an address outside concerns its Service, whoever wrote it.
    const hold = changeIn(addressSet, change);
    for (const side of [hold?.before, hold?.after]) {
      const uid = side && serviceOf(side.external_ids, cluster);
      if (uid !== undefined) uids.add(uid);
    }
    const { before, after } = changeIn(serviceBalancer, change) ?? {};
    for (const [side, other] of [
      [before, after],
      [after, before],
    ]) {
      if (side === undefined) continue;
      const moved = [...side.vips.keys()].filter((vip) => other?.vips.has(vip) !== true);
      const uid = serviceOf(side.external_ids, cluster);
      if (uid === undefined) {
        foreign ||= moved.length > 0;
        continue;
      }
      uids.add(uid);
      for (const address of moved.map(vipAddress)) if (address !== undefined) addresses.add(printIp(address));
    }
  }
  return { uids, addresses, foreign };
}

function serviceOf(ids: ReadonlyMap<string, string>, cluster: string): string | undefined {
  const isOurs = ids.get(externalId("owner")) === ownerValue && ids.get(externalId("cluster")) === cluster;
  const [scope, uid] = ids.get(externalId("row"))?.split("/") ?? [];
  return isOurs && scope === serviceScopes ? uid : undefined;
}

/** True when the group of all load balancers changed, or a switch or router lost or got it, whoever did it. */
export function touchesGroup(changes: readonly RowChange[]): boolean {
  return changes.some((change) => {
    if (change.table === loadBalancerGroup.name) return true;
    const user = changeIn(balancedSwitch, change) ?? changeIn(logicalRouter, change);
    return user !== undefined && user.before?.load_balancer_group !== user.after?.load_balancer_group;
  });
}
