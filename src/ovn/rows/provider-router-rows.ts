// The port of the router in a ProviderNetwork, which chains have that begin or end there.
import type { AddressInPrefix } from "#src/net/cidr.ts";
import { routerPolicyPriorities } from "./flow-priorities.ts";
import { chassisGroupRows } from "../links/gateway-leg.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { routerLinkRows } from "../links/router-link.ts";
import { quotedText } from "./match-text.ts";
import { switchRowId } from "./network-rows.ts";
import { masterId, networkRouterPort } from "./topology.ts";
import { routerPolicy } from "../owned/topology-tables.ts";

export interface ProviderRouterPort {
  readonly name: string;
  readonly uid: string;
  /** One of each subnet. */
  readonly addresses: readonly AddressInPrefix[];
  /** System ids of the chassis that may carry it. The best comes first. */
  readonly chassis: readonly string[];
  /** The one of two chassis that is out of the group. */
  readonly out?: string | undefined;
}

/** The id of the row of the port. */
export function providerRouterPortId({ name, uid }: Pick<ProviderRouterPort, "name" | "uid">): string {
  return `${uid}/${networkRouterPort(name)}`;
}

/**
 * Gives the port of the router, on one chassis at a time, and the policy that closes it: without a chain nothing goes from outside to
 * the networks on the router, nor back.
 */
export function providerRouterRows(router: ProviderRouterPort): readonly DesiredRow[] {
  const { name, uid, addresses, chassis, out } = router;
  const group = `${uid}/router-chassis`;
  const port = networkRouterPort(name);
  return [
    ...chassisGroupRows({ id: group, scope: uid, name: `ovn4nfv-provider-${name}`, chassis, out }),
    ...routerLinkRows({ id: masterId, port }, { id: switchRowId(uid), port: `stor-${name}` }, addresses, uid, {
      refs: { ha_chassis_group: group },
      columns: {},
    }),
    {
      id: `${uid}/router-closed`,
      table: routerPolicy,
      columns: {
        priority: routerPolicyPriorities["provider-closed"].priority,
        match: `inport == ${quotedText(port)} || outport == ${quotedText(port)}`,
        action: "drop",
        nexthops: [],
      },
      parent: { id: masterId, column: "policies" },
    },
  ];
}
