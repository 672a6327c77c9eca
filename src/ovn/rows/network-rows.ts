import { type AddressInPrefix, type Cidr, printCidr } from "#src/net/cidr.ts";
import { type Family, type IpAddress, printIp } from "#src/net/ip.ts";
import { type IpRange, printRange } from "#src/net/range.ts";
import { externalId, type ExternalIdName } from "../external-ids.ts";
import { logicalSwitch } from "../nb-tables.ts";
import { type Multicast, multicastConfig, type QuerySource } from "../multicast.ts";
import type { NetworkDns } from "../network.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { PortSecurity } from "../port-security.ts";
import { macOfEnds, routerLinkRows } from "../links/router-link.ts";
import { advertisedTo, dhcpRows } from "./dhcp-rows.ts";
import { gatewayId, joinAddress, masterId, networkRouterPort, type TopologyConfig } from "./topology.ts";
import { printPools } from "../switches/named-pools.ts";
import { addressSet, staticRoute, topologyNat } from "../owned/topology-tables.ts";
import { noSubnets } from "../switches/switch-subnets.ts";

/** A Network with every default filled in, from which rows are made. */
export interface NetworkSettings {
  readonly name: string;
  readonly uid: string;
  readonly subnets: readonly { readonly cidr: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly excluded: readonly IpRange[];
  readonly pools?: Parameters<typeof printPools>[0] | undefined;
  readonly dns?: NetworkDns | undefined;
  readonly routes: readonly { readonly dst: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly mtu: number | undefined;
  readonly snat: boolean;
  readonly snatExempt?: readonly Cidr[];
  readonly routed: boolean;
  readonly macPrefix: string | undefined;
  readonly portSecurity?: PortSecurity | undefined;
  readonly networksReady?: boolean | undefined;
  readonly dhcp?: boolean | undefined;
  readonly allowedPrefixes?: readonly string[] | undefined;
  readonly multicast?: Multicast | undefined;
  readonly allowed: AllowedNamespaces;
  /** The wire that the switch leads to; undefined for a switch without one. */
  readonly physicalNetwork?: string | undefined;
}

/** The namespaces whose pods may join: all, the named or selected ones, or those that an adopted switch itself admits. */
export type AllowedNamespaces =
  | "*"
  | "inherited"
  | { readonly names: readonly string[]; readonly selector?: object | undefined };

/** The way on which a network leaves. */
export interface WayOut {
  /** The table in which the network's router port looks for it; undefined for the main table. */
  readonly routeTable: string | undefined;
  /** The id of the row of the gateway; undefined while there is none. */
  readonly gatewayId: string | undefined;
  /** The addresses with which traffic leaves. */
  readonly addresses: readonly AddressInPrefix[];
  /** False when IPv6 leaves with the addresses of the pods. */
  readonly natsIpv6: boolean;
}

/** The way out by the uplink of the flags. */
export function wayOutOfFlags({ uplink }: Pick<TopologyConfig, "uplink">): WayOut {
  return { routeTable: undefined, gatewayId, addresses: uplink?.addresses ?? [], natsIpv6: true };
}

/** The id of the row of a network's switch. */
export const switchRowId = (uid: string): string => `${uid}/switch`;

/**
 * Gives the rows of a Network: its switch, the router port, the way back from the gateway, and source NAT when the
 * Network asks for it and there is an uplink.
 */
export function networkRows(
  network: NetworkSettings,
  topology: TopologyConfig,
  wayOut: WayOut = wayOutOfFlags(topology),
): readonly DesiredRow[] {
  const { name, uid, routed, snat } = network;
  const switchId = switchRowId(uid);
  const ends = network.subnets.flatMap(({ cidr, gateway }) =>
    gateway === undefined ? [] : [{ address: gateway, cidr }],
  );
  const columns = { options: { route_table: wayOut.routeTable } };
  const advertised = advertisedTo(network);
  return [
    {
      id: switchId,
      table: logicalSwitch,
      columns: { name },
      settings: { ...switchSettings(network), ...uplinkSetting(wayOut) },
      merged: { other_config: multicastConfig(network.multicast, querySource(ends)) },
    },
    ...(routed
      ? routerLinkRows(
          { id: masterId, port: networkRouterPort(name) },
          { id: switchId, port: `stor-${name}` },
          ends,
          uid,
          { columns, ...(advertised === undefined ? {} : { merged: { ipv6_ra_configs: advertised } }) },
        )
      : []),
    ...dhcpRows(network),
    ...(routed ? network.subnets.flatMap(({ cidr }) => wayBack(uid, cidr, topology, wayOut)) : []),
    ...(routed && snat ? sourceNatRows(network, wayOut) : []),
  ];
}

/** Allocators read from the switch on which uplink its floating addresses are. */
function uplinkSetting({ routeTable }: WayOut): Readonly<Record<string, string>> {
  return routeTable === undefined ? {} : { [externalId("uplink")]: routeTable };
}

function querySource(ends: Parameters<typeof macOfEnds>[0]): QuerySource | undefined {
  if (ends.length === 0) return undefined;
  return { mac: macOfEnds(ends), addresses: ends.map(({ address }) => address) };
}

/** Our keys on a network's switch. network-from-switch.ts reads them. */
export function switchSettings(
  network: Omit<NetworkSettings, "name" | "uid" | "snat" | "routed">,
): Readonly<Record<string, string>> {
  const { subnets, excluded, dns, routes, mtu, macPrefix, allowed, physicalNetwork } = network;
  const { portSecurity, networksReady, dhcp, allowedPrefixes = [], pools = [] } = network;
  const gateways = subnets.map(({ gateway }) => gateway).filter((ip) => ip !== undefined);
  const named: Readonly<Partial<Record<ExternalIdName, string | undefined>>> = {
    subnets: subnets.length === 0 ? noSubnets : subnets.map(({ cidr }) => printCidr(cidr)).join(","),
    "physical-network": physicalNetwork,
    "exclude-ips": excluded.length === 0 ? undefined : excluded.map(printRange).join(" "),
    pools: printPools(pools),
    gateways: gateways.length === 0 ? undefined : gateways.map(printIp).join(","),
    mtu: mtu?.toString(),
    dns: dns === undefined ? undefined : JSON.stringify(dns),
    routes: routes.length === 0 ? undefined : JSON.stringify(routes.map(printRoute)),
    "mac-prefix": macPrefix,
    "port-security": portSecurity === "full" ? undefined : portSecurity,
    "networks-ready": networksReady === true ? "true" : undefined,
    dhcp: dhcp === true ? "true" : undefined,
    "allowed-prefixes": allowedPrefixes.length === 0 ? undefined : allowedPrefixes.join(" "),
    ...allowedSettings(allowed),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([key, value]) =>
      value === undefined ? [] : [[externalId(key as ExternalIdName), value]],
    ),
  );
}

/** Says on a switch or gateway who may ask for it. */
export function allowedSettings(allowed: AllowedNamespaces): Readonly<Partial<Record<ExternalIdName, string>>> {
  if (allowed === "inherited") return {};
  if (allowed === "*") return { "allowed-namespaces": "*" };
  if (allowed.selector === undefined) return { "allowed-namespaces": allowed.names.join(",") };
  return { "allowed-namespaces": "*", "namespace-selector": JSON.stringify(allowed) };
}

function printRoute({ dst, gateway }: NetworkSettings["routes"][number]) {
  return { dst: printCidr(dst), ...(gateway === undefined ? {} : { gw: printIp(gateway) }) };
}

/** A row never moves from one gateway to another: with another gateway it is another row. */
function by(wayOut: WayOut): string {
  return wayOut.gatewayId === gatewayId ? "" : `-by-${wayOut.gatewayId ?? ""}`;
}

function wayBack(uid: string, cidr: Cidr, topology: TopologyConfig, wayOut: WayOut): readonly DesiredRow[] {
  const nextHop = joinAddress(topology, cidr.family, "router");
  if (nextHop === undefined || wayOut.gatewayId === undefined) return [];
  return [
    {
      id: `${uid}/route-${printCidr(cidr)}${by(wayOut)}`,
      table: staticRoute,
      columns: { ip_prefix: printCidr(cidr), nexthop: printIp(nextHop) },
      parent: { id: wayOut.gatewayId, column: "static_routes" },
    },
  ];
}

function sourceNatRows({ uid, subnets, snatExempt = [] }: NetworkSettings, wayOut: WayOut): readonly DesiredRow[] {
  const { gatewayId: parentId, natsIpv6 } = wayOut;
  if (parentId === undefined) return [];
  const nats = subnets.flatMap(({ cidr }): DesiredRow[] => {
    const own = wayOut.addresses.find(({ address }) => address.family === cidr.family);
    if (own === undefined || (cidr.family === 6 && !natsIpv6)) return [];
    const exempt = snatExempt.some(({ family }) => family === cidr.family);
    return [
      {
        id: `${uid}/snat-${printCidr(cidr)}${by(wayOut)}`,
        table: topologyNat,
        columns: { type: "snat", external_ip: printIp(own.address), logical_ip: printCidr(cidr) },
        ...(exempt ? { refs: { exempted_ext_ips: exemptId(uid, cidr.family) } } : {}),
        parent: { id: parentId, column: "nat" },
      },
    ];
  });
  const referred = new Set(nats.flatMap(({ refs }) => refs?.["exempted_ext_ips"] ?? []));
  return [...([4, 6] as const).flatMap((family) => exemptSet(uid, family, snatExempt, referred)), ...nats];
}

function exemptId(uid: string, family: Family): string {
  return `${uid}/snat-exempt-ipv${family}`;
}

/** OVN compares addresses of one family with a set, so that each family has a set of its own. */
function exemptSet(
  uid: string,
  family: Family,
  exempt: readonly Cidr[],
  referred: ReadonlySet<string>,
): readonly DesiredRow[] {
  const id = exemptId(uid, family);
  if (!referred.has(id)) return [];
  const addresses = exempt.filter((cidr) => cidr.family === family).map(printCidr);
  // The name of a set is an identifier of OVN's expressions, which has no hyphen.
  const name = `ovn4nfv_snat_exempt_${uid.replaceAll("-", "_")}_v${family}`;
  return [{ id, table: addressSet, columns: { name, addresses } }];
}
