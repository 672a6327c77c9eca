import { changeIn, type RowChange } from "ovsdb-client";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { serviceBalancer } from "#src/ovn/owned/topology-tables.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { printIp } from "#src/net/ip.ts";

/** The load balancers that a message of NB concerns. */
export interface TouchedServices {
  /** UIDs of the Services of this cluster whose rows changed. */
  readonly uids: ReadonlySet<string>;
  /** Addresses that a load balancer of this cluster got or left. */
  readonly addresses: ReadonlySet<string>;
  /** True when a load balancer of somebody else came, went, or has other addresses than before. */
  readonly foreign: boolean;
}

/** Sorts the changes of load balancers. Most of them are other backends, which concern one Service. */
export function touchedServices(changes: readonly RowChange[], cluster: string): TouchedServices {
  const uids = new Set<string>();
  const addresses = new Set<string>();
  let foreign = false;
  for (const change of changes) {
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
