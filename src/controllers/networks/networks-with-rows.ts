import { chainScopes } from "#src/ovn/rows/chain-rows.ts";
import { floatingIpScopes } from "#src/ovn/rows/floating-ip-rows.ts";
import { policyScope } from "#src/ovn/rows/policy-rows.ts";
import type { OwnedRows } from "#src/ovn/rows/read-owned-rows.ts";
import { topologyScope } from "#src/ovn/rows/topology.ts";
import { uplinkScopes } from "#src/ovn/rows/uplink-rows.ts";

/** Gives the UIDs of Networks for which there are rows of this cluster. Topology, chains and such belong to no Network. */
export function networksWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const uids = new Set([...rows.keys()].map((id) => id.slice(0, id.indexOf("/"))));
  uids.delete(topologyScope);
  uids.delete(chainScopes);
  uids.delete(uplinkScopes);
  uids.delete(policyScope);
  uids.delete(floatingIpScopes);
  return uids;
}
