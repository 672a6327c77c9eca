// The rows that are in NB once, whatever networks there are: router, join switch, gateway, and its uplink.
import { type AddressInPrefix, type Cidr, cidrAround, containsIp, printCidr } from "#src/net/cidr.ts";
import { type Family, type IpAddress, offsetIp, printIp } from "#src/net/ip.ts";
import { gatewayLegRows, localnetSwitchRows } from "../links/gateway-leg.ts";
import { logicalSwitch } from "../nb-tables.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { routerLinkRows } from "../links/router-link.ts";
import { logicalRouter, staticRoute } from "../owned/topology-tables.ts";

/** The way out of the cluster: a physical network in which the gateway has an address. */
export interface Uplink {
  /** The name in `ovn-bridge-mappings` of the chassis. */
  readonly physicalNetwork: string;
  /** The gateway's address and the network's prefix, at most one of each family. */
  readonly addresses: readonly AddressInPrefix[];
  readonly nextHops: readonly IpAddress[];
}

export interface TopologyConfig {
  /** At most one for each family. The first two addresses of each are the router's and the gateway's. */
  readonly joinSubnets: readonly Cidr[];
  /** System ids of chassis that may carry the gateway. The best comes first. */
  readonly gatewayChassis: readonly string[];
  /** The one of two chassis that is out of the group. */
  readonly gatewayOut?: string | undefined;
  readonly uplink: Uplink | undefined;
  /** The fault of the flags of the uplink. When there is one, `uplink` is undefined, and the rows of an earlier uplink stay. */
  readonly uplinkProblem?: string;
}

export const topologyScope = "topology";
const idOf = (name: string): string => `${topologyScope}/${name}`;
export const masterId = idOf("ovn4nfv-master");
export const gatewayId = idOf("ovn4nfv-gateway");
const outsideId = idOf("ovn4nfv-external");
export const joinId = idOf("ovn4nfv-join");

/** Places on the join switch, by the distance from the first address. The gateways of Uplinks have those that follow. */
const joinPlaces = { router: 1, gateway: 2 } as const;
export const firstUplinkPlace = 3;

/** The port of the router on the join switch, by which packets from outside come. */
export const joinRouterPort = "rtoj-ovn4nfv-master";

/** The name of the router port of a network. */
export const networkRouterPort = (network: string): string => `rtos-${network}`;

/** The router's or the gateway's address on the join switch, in one family. */
export function joinAddress(config: TopologyConfig, family: Family, end: "router" | "gateway"): IpAddress | undefined {
  return joinEnds(config, joinPlaces[end]).find(({ address }) => address.family === family)?.address;
}

/** The addresses of a place on the join switch: one of each family that has room for it. */
export function joinEnds(
  { joinSubnets }: Pick<TopologyConfig, "joinSubnets">,
  place: number,
): readonly AddressInPrefix[] {
  return joinSubnets.flatMap((cidr) => {
    const address = offsetIp(cidr.first, BigInt(place));
    return address === undefined || !containsIp(cidr, address) ? [] : [{ address, cidr }];
  });
}

/** Gives every row of the topology. */
export function topologyRows(config: TopologyConfig): readonly DesiredRow[] {
  return [
    { id: masterId, table: logicalRouter, columns: { name: "ovn4nfv-master" } },
    { id: gatewayId, table: logicalRouter, columns: { name: "ovn4nfv-gateway" } },
    { id: joinId, table: logicalSwitch, columns: { name: "ovn4nfv-join" } },
    ...routerLinkRows(
      { id: masterId, port: joinRouterPort },
      { id: joinId, port: "jtor-ovn4nfv-master" },
      joinEnds(config, joinPlaces.router),
      topologyScope,
    ),
    ...routerLinkRows(
      { id: gatewayId, port: "rtoj-ovn4nfv-gateway" },
      { id: joinId, port: "jtor-ovn4nfv-gateway" },
      joinEnds(config, joinPlaces.gateway),
      topologyScope,
    ),
    ...defaultRoutes(
      masterId,
      "master",
      joinEnds(config, joinPlaces.gateway).map(({ address }) => address),
    ),
    ...uplinkRows(config),
  ];
}

function defaultRoutes(router: string, name: string, nextHops: readonly IpAddress[]): readonly DesiredRow[] {
  return nextHops.map((nextHop) => {
    const everything = cidrAround(nextHop, 0);
    const prefix = everything === undefined ? "" : printCidr(everything);
    return {
      id: idOf(`route-${name}-ipv${nextHop.family}`),
      table: staticRoute,
      columns: { ip_prefix: prefix, nexthop: printIp(nextHop) },
      parent: { id: router, column: "static_routes" },
    };
  });
}

function uplinkRows({ uplink, gatewayChassis: chassis, gatewayOut: out }: TopologyConfig): readonly DesiredRow[] {
  if (uplink === undefined) return [];
  const { physicalNetwork, addresses, nextHops } = uplink;
  const gateway = { scope: topologyScope, suffix: "", id: gatewayId, chassis, out };
  return [
    ...localnetSwitchRows({ id: outsideId, scope: topologyScope, name: "ovn4nfv-external", physicalNetwork }),
    ...gatewayLegRows(gateway, outsideId, addresses),
    ...defaultRoutes(gatewayId, "gateway", nextHops),
  ];
}
