// The rows of an Uplink: a gateway router of its own between the join switch and a network outside, and the routes by which the
// networks that name the Uplink get there.
import {
  type AddressInPrefix,
  printInPrefix,
  type Cidr,
  containsIp,
  isNetworkOrBroadcast,
  parseCidr,
  printCidr,
} from "#src/net/cidr.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { gatewayLegRows, gatewayPortOf, localnetSwitchRows } from "../links/gateway-leg.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { routerLinkRows } from "../links/router-link.ts";
import { type FloatingSettings, gatewaySettings } from "./floating-settings.ts";
import { joinEnds, firstUplinkPlace, joinId, masterId, type TopologyConfig } from "./topology.ts";
import { logicalRouter, staticRoute } from "../owned/topology-tables.ts";

/** An Uplink with every default filled in, from which rows are made. */
export interface UplinkSettings {
  readonly name: string;
  readonly uid: string;
  readonly outside: { readonly kind: "provider" | "physical"; readonly name: string };
  readonly addresses: readonly AddressInPrefix[];
  readonly nextHops: readonly IpAddress[];
  readonly routes: readonly Cidr[];
  readonly floating: FloatingSettings | undefined;
}

/** The part of an Uplink that stands in NB and on the nodes, and not in the object. */
export interface UplinkPlace {
  readonly joinSubnets: TopologyConfig["joinSubnets"];
  /** The place of the gateway on the join switch. */
  readonly joinPlace: number;
  /** The id of the row of the ProviderNetwork's switch; undefined where the Uplink has a switch of its own. */
  readonly providerSwitchId: string | undefined;
  readonly chassis: readonly string[];
  /** The one of two chassis that is out of the group. */
  readonly out?: string | undefined;
}

/** The scope of all Uplinks, which no object has: those of Networks are UIDs. */
export const uplinkScopes = "uplink";

export function uplinkScope(uid: string): string {
  return `${uplinkScopes}/${uid}`;
}

/** The id of the row of the Uplink's gateway, to which networks add their ways back and their source NAT. */
export function uplinkGatewayId(uid: string): string {
  return `${uplinkScope(uid)}/gateway`;
}

/** The name of the gateway's router. */
export function gatewayName(uplink: string): string {
  return `ovn4nfv-gateway-${uplink}`;
}

/** The name of the gateway's port to the network outside. */
export function gatewayPort(uplink: string): string {
  return gatewayPortOf(gatewayName(uplink));
}

/** Gives every row of an Uplink. */
export function uplinkRows(uplink: UplinkSettings, place: UplinkPlace): readonly DesiredRow[] {
  const { name, uid, outside, addresses, nextHops } = uplink;
  const { joinSubnets, joinPlace, providerSwitchId, chassis, out } = place;
  const scope = uplinkScope(uid);
  const gatewayId = uplinkGatewayId(uid);
  const ends = joinEnds({ joinSubnets }, joinPlace);
  const suffix = `-${name}`;
  const outsideId = providerSwitchId ?? `${scope}/outside`;
  const own = { id: outsideId, scope, name: `ovn4nfv-external${suffix}`, physicalNetwork: outside.name };
  return [
    {
      id: gatewayId,
      table: logicalRouter,
      columns: { name: gatewayName(name) },
      settings: gatewaySettings(uplink),
    },
    ...routerLinkRows(
      { id: gatewayId, port: `rtoj-ovn4nfv-gateway${suffix}` },
      { id: joinId, port: `jtor-ovn4nfv-gateway${suffix}` },
      ends,
      scope,
    ),
    ...(providerSwitchId === undefined ? localnetSwitchRows(own) : []),
    ...gatewayLegRows({ id: gatewayId, scope, suffix, chassis, out }, outsideId, addresses),
    ...routesOutside(uplink).flatMap((cidr) => toGateway(scope, cidr, name, ends)),
    ...nextHops.flatMap((hop) => behind(uplink).flatMap((cidr) => toNextHop(scope, gatewayId, cidr, hop))),
  ];
}

/** The prefixes for which a network goes to the gateway: the routes, and the network outside when they leave it out. */
function routesOutside({ routes, addresses }: UplinkSettings): readonly Cidr[] {
  const links = addresses.map(({ cidr }) => cidr);
  const isCovered = (link: Cidr): boolean =>
    routes.some((route) => route.prefixLength <= link.prefixLength && containsIp(route, link.first));
  return [...routes, ...links.filter((link) => !isCovered(link))];
}

/** The routes that lie behind a next hop: the network outside itself is reached without one. */
function behind({ routes, addresses }: UplinkSettings): readonly Cidr[] {
  return routes.filter(
    (route) => !addresses.some(({ cidr }) => cidr.prefixLength <= route.prefixLength && containsIp(cidr, route.first)),
  );
}

/** These routes stand in a table of their own, which only router ports of networks that name the Uplink look into. */
function toGateway(
  scope: string,
  cidr: Cidr,
  routeTable: string,
  ends: readonly AddressInPrefix[],
): readonly DesiredRow[] {
  const nextHop = ends.find(({ address }) => address.family === cidr.family)?.address;
  if (nextHop === undefined) return [];
  return [
    {
      id: `${scope}/route-${printCidr(cidr)}`,
      table: staticRoute,
      columns: { ip_prefix: printCidr(cidr), nexthop: printIp(nextHop), route_table: routeTable },
      parent: { id: masterId, column: "static_routes" },
    },
  ];
}

function toNextHop(scope: string, gatewayId: string, cidr: Cidr, hop: IpAddress): readonly DesiredRow[] {
  if (cidr.family !== hop.family) return [];
  return [
    {
      id: `${scope}/route-out-${printCidr(cidr)}`,
      table: staticRoute,
      columns: { ip_prefix: printCidr(cidr), nexthop: printIp(hop) },
      parent: { id: gatewayId, column: "static_routes" },
    },
  ];
}

/**
 * Finds the place of an Uplink on the join switch: the one that it has in NB, else the first that nobody has. Undefined when
 * the join subnets are full.
 */
export function findJoinPlace(
  uid: string,
  topology: Pick<TopologyConfig, "joinSubnets">,
  owned: OwnedRows,
): number | undefined {
  const taken = new Set<string>();
  let own: readonly string[] = [];
  for (const { id, table, row } of owned.rows.values()) {
    if (table.name !== "Logical_Router_Port") continue;
    const networks = [...(row["networks"] as Iterable<string>)];
    if (id.startsWith(`${uplinkScope(uid)}/rtoj-`)) own = networks;
    else for (const text of networks) taken.add(text);
  }
  const textsAt = (place: number) => joinEnds(topology, place).map(printInPrefix);
  const known = placeOf(own, topology);
  if (known !== undefined && textsAt(known).every((text) => own.includes(text))) return known;
  for (let place = firstUplinkPlace; ; place += 1) {
    const ends = joinEnds(topology, place);
    const isFull =
      ends.length < topology.joinSubnets.length || ends.some((end) => isNetworkOrBroadcast(end.cidr, end.address));
    if (isFull) return undefined;
    if (!textsAt(place).some((text) => taken.has(text))) return place;
  }
}

function placeOf([text = ""]: readonly string[], { joinSubnets }: Pick<TopologyConfig, "joinSubnets">) {
  const address = parseCidr(text)?.address;
  const subnet = address && joinSubnets.find((cidr) => containsIp(cidr, address));
  return address && subnet && Number(address.value - subnet.first.value);
}
