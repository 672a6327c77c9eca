// The rows that are in NB once, whatever networks there are: router, join switch, gateway, and its uplink.
import { type Cidr, cidrAround, printCidr } from "#src/net/cidr.ts";
import { type IpAddress, offsetIp, printIp } from "#src/net/ip.ts";
import { defaultMacPrefix, type Mac, macFromIpv4, macFromNumber } from "#src/net/mac.ts";
import type { DesiredRow } from "./owned-rows.ts";
import {
  haChassis,
  haChassisGroup,
  logicalRouter,
  staticRoute,
  topologyRouterPort,
  topologySwitchPort,
} from "./topology-tables.ts";
import { logicalSwitch } from "./nb-tables.ts";

/** The way out of the cluster: a provider network on which the gateway has an address. */
export interface Uplink {
  /** The name in `ovn-bridge-mappings` of the chassis. */
  readonly physicalNetwork: string;
  /** The gateway's address and the network's prefix, at most one of each family. */
  readonly addresses: readonly { readonly address: IpAddress; readonly cidr: Cidr }[];
  readonly nextHops: readonly IpAddress[];
}

export interface TopologyConfig {
  /** At most one for each family. The first two addresses of each are the router's and the gateway's. */
  readonly joinSubnets: readonly Cidr[];
  /** System ids of chassis that may carry the gateway. The best comes first. */
  readonly gatewayChassis: readonly string[];
  readonly uplink: Uplink | undefined;
  /** The fault of the flags of the uplink. When there is one, `uplink` is undefined, and the rows of an earlier uplink stay. */
  readonly uplinkProblem?: string;
}

export const topologyScope = "topology";
const idOf = (name: string): string => `${topologyScope}/${name}`;
export const masterId = idOf("ovn4nfv-master");
export const gatewayId = idOf("ovn4nfv-gateway");
const joinId = idOf("ovn4nfv-join");

/** The name of the router port of a network. */
export const networkRouterPort = (network: string): string => `rtos-${network}`;

/** The router's or the gateway's address on the join switch, in one family. */
export function joinAddress(config: TopologyConfig, family: 4 | 6, end: "router" | "gateway"): IpAddress | undefined {
  const subnet = config.joinSubnets.find((cidr) => cidr.family === family);
  return subnet && offsetIp(subnet.first, end === "router" ? 1n : 2n);
}

/** Gives every row of the topology. */
export function topologyRows(config: TopologyConfig): readonly DesiredRow[] {
  return [
    { id: masterId, table: logicalRouter, columns: { name: "ovn4nfv-master" } },
    { id: gatewayId, table: logicalRouter, columns: { name: "ovn4nfv-gateway" } },
    { id: joinId, table: logicalSwitch, columns: { name: "ovn4nfv-join" } },
    ...routerLinkRows(
      { id: masterId, port: "rtoj-ovn4nfv-master" },
      { id: joinId, port: "jtor-ovn4nfv-master" },
      joinEnds(config, "router"),
    ),
    ...routerLinkRows(
      { id: gatewayId, port: "rtoj-ovn4nfv-gateway" },
      { id: joinId, port: "jtor-ovn4nfv-gateway" },
      joinEnds(config, "gateway"),
    ),
    ...defaultRoutes(
      masterId,
      "master",
      joinEnds(config, "gateway").map(({ address }) => address),
    ),
    ...uplinkRows(config),
  ];
}

interface End {
  readonly address: IpAddress;
  readonly cidr: Cidr;
}

interface Port {
  readonly id: string;
  readonly port: string;
}

/**
 * Gives a router port and the switch port that leads to it. The ids of ports are their names, in the scope of the
 * caller.
 */
export function routerLinkRows(
  router: Port,
  network: Port,
  ends: readonly End[],
  scope: string = topologyScope,
  refs: Readonly<Record<string, string>> = {},
): readonly DesiredRow[] {
  return [
    {
      id: `${scope}/${router.port}`,
      table: topologyRouterPort,
      columns: {
        name: router.port,
        mac: macOfEnds(ends),
        networks: ends.map(({ address, cidr }) => `${printIp(address)}/${cidr.prefixLength}`),
      },
      refs,
      parent: { id: router.id, column: "ports" },
    },
    {
      id: `${scope}/${network.port}`,
      table: topologySwitchPort,
      columns: { name: network.port, type: "router", addresses: ["router"], options: { "router-port": router.port } },
      parent: { id: network.id, column: "ports" },
    },
  ];
}

/** Makes the MAC from the first address, so that it stays the same when the row is made again. */
/** The MAC of a router port with these ends. */
export function macOfEnds([first]: readonly End[]): Mac {
  const ip = first?.address;
  if (ip === undefined) return macFromNumber(defaultMacPrefix, 1n);
  return ip.family === 4 ? macFromIpv4(defaultMacPrefix, ip) : macFromNumber(defaultMacPrefix, fold(ip.value));
}

/** Folds all 128 bits into the 32 of a MAC, so that prefixes that differ in the upper bits still get different MACs. */
function fold(value: bigint): bigint {
  let folded = 0n;
  for (let rest = value; rest > 0n; rest >>= 32n) folded ^= BigInt.asUintN(32, rest);
  return folded;
}

function joinEnds(config: TopologyConfig, end: "router" | "gateway"): readonly End[] {
  return config.joinSubnets.flatMap((cidr) => {
    const address = joinAddress(config, cidr.family, end);
    return address === undefined ? [] : [{ address, cidr }];
  });
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

function uplinkRows({ uplink, gatewayChassis }: TopologyConfig): readonly DesiredRow[] {
  if (uplink === undefined) return [];
  const externalSwitch = idOf("ovn4nfv-external");
  const group = idOf("ovn4nfv-gateway-chassis");
  return [
    { id: group, table: haChassisGroup, columns: { name: "ovn4nfv-gateway" } },
    ...gatewayChassis.map((chassis, index) => ({
      id: idOf(`chassis-${chassis}`),
      table: haChassis,
      columns: { chassis_name: chassis, priority: Math.max(1, 100 - index) },
      parent: { id: group, column: "ha_chassis" },
    })),
    { id: externalSwitch, table: logicalSwitch, columns: { name: "ovn4nfv-external" } },
    {
      id: idOf("ovn4nfv-external-localnet"),
      table: topologySwitchPort,
      columns: {
        name: "ovn4nfv-external-localnet",
        type: "localnet",
        addresses: ["unknown"],
        options: { network_name: uplink.physicalNetwork },
      },
      parent: { id: externalSwitch, column: "ports" },
    },
    ...routerLinkRows(
      { id: gatewayId, port: "rtoe-ovn4nfv-gateway" },
      { id: externalSwitch, port: "etor-ovn4nfv-gateway" },
      uplink.addresses,
      topologyScope,
      { ha_chassis_group: group },
    ),
    ...defaultRoutes(gatewayId, "gateway", uplink.nextHops),
  ];
}
