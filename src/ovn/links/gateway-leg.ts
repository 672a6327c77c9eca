// The leg of a gateway in a network outside: the chassis that may carry it, and the router port there. The gateway of the flags
// and those of Uplinks are made of it alike.
import type { AddressInPrefix } from "#src/net/cidr.ts";
import { localnetPort } from "./localnet-port.ts";
import { logicalSwitch } from "../nb-tables.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { memberId, pairWatchRows } from "./pair-watch.ts";
import { routerLinkRows } from "./router-link.ts";
import { haChassis, haChassisGroup } from "../owned/topology-tables.ts";

export interface GatewayRouter {
  /** The id of the row of the router. */
  readonly id: string;
  readonly scope: string;
  /** Follows every name, so that the gateways of several uplinks have names of their own. */
  readonly suffix: string;
  /** System ids of the chassis that may carry it. The best comes first. */
  readonly chassis: readonly string[];
  /** The one of a pair that is out of the group, so that OVN lets the other one carry the gateway alone. */
  readonly out?: string | undefined;
}

/** The name of the port of a gateway to the network outside. */
export function gatewayPortOf(gateway: string): string {
  return `rtoe-${gateway}`;
}

/** Gives the group of chassis, and the link of the gateway to the switch outside. */
export function gatewayLegRows(
  { id, scope, suffix, chassis, out }: GatewayRouter,
  outsideId: string,
  addresses: readonly AddressInPrefix[],
): readonly DesiredRow[] {
  const group = `${scope}/ovn4nfv-gateway-chassis`;
  const name = `ovn4nfv-gateway${suffix}`;
  return [
    ...chassisGroupRows({ id: group, scope, name, chassis, out }),
    ...routerLinkRows({ id, port: gatewayPortOf(name) }, { id: outsideId, port: `etor-${name}` }, addresses, scope, {
      refs: { ha_chassis_group: group },
      columns: {},
    }),
  ];
}

/** Gives a group of chassis that may carry a router port. The best comes first. */
export function chassisGroupRows(group: {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
  readonly chassis: readonly string[];
  /** The one of two chassis that is out of the group. */
  readonly out?: string | undefined;
}): readonly DesiredRow[] {
  const { id, scope, name, chassis, out } = group;
  return [
    { id, table: haChassisGroup, columns: { name } },
    ...chassis.flatMap((one, index) => {
      if (one === out) return [];
      const columns = { chassis_name: one, priority: Math.max(1, 100 - index) };
      return [{ id: memberId(scope, one), table: haChassis, columns, parent: { id, column: "ha_chassis" } }];
    }),
    // The one that is out may have no ready wire as well. The next leader finds by these rows that it was out before.
    ...(out === undefined ? [] : pairWatchRows({ scope, name, chassis: [...new Set([...chassis, out])] })),
  ];
}

/** Gives a switch that leads to the network outside. It has no port of a pod. */
export function localnetSwitchRows(outside: {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
  readonly physicalNetwork: string;
}): readonly DesiredRow[] {
  const { id, scope, name, physicalNetwork } = outside;
  return [
    { id, table: logicalSwitch, columns: { name } },
    localnetPort({ id: `${scope}/${name}-localnet`, name: `${name}-localnet`, switchId: id, physicalNetwork }),
  ];
}
