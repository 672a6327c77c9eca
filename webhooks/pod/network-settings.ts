// What an interface gets from its network besides addresses: gateways, routes, MTU. Pure; refuses what cannot work.
import { refuseSecondDefaultGateway } from "#src/api/default-gateways.ts";
import type { InterfaceRequest } from "#src/api/interface-request.ts";
import type { RouteResult } from "#src/api/result.ts";
import { refusal } from "#src/core/errors.ts";
import type { PlannedPort } from "#src/ipam/allocation.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { type Family, type IpAddress, printIp } from "#src/net/ip.ts";

export type Network = PlannedPort["network"];
type Route = Network["routes"][number];

/** An interface of the request with the network that it asks for. */
export interface NetworkedInterface {
  readonly asked: InterfaceRequest;
  readonly network: Network;
}

/** The gateways of an interface: those that the user wrote, for the other family the network's. IPv4 first. */
export function gatewaysOf({ asked, network }: NetworkedInterface): readonly IpAddress[] {
  const own = (["4", "6"] as const).map((text) => {
    const family = Number(text) as Family;
    const ofNetwork = network.subnets.find(({ cidr, gateway }) => cidr.family === family && gateway !== undefined);
    return asked.gateways.find((ip) => ip.family === family) ?? ofNetwork?.gateway;
  });
  return own.filter((ip) => ip !== undefined);
}

/** The routes of an interface, the network's first; a gateway that is left out is the interface's of that family. */
export function routesOf(item: NetworkedInterface): readonly RouteResult[] {
  const gateways = gatewaysOf(item);
  const wanted = [...item.network.routes, ...item.asked.routes];
  return wanted.map((route) => {
    const gateway = route.gateway ?? gateways.find((ip) => ip.family === route.dst.family);
    return { dst: printCidr(route.dst), ...(gateway === undefined ? {} : { gw: printIp(gateway) }) };
  });
}

/** Throws `RouteInvalid` for a gateway, route or default route that the interface's network cannot carry. */
export function checkSettings(items: readonly NetworkedInterface[]): void {
  for (const item of items) {
    for (const gateway of item.asked.gateways) checkReachable(gateway, `${item.asked.field}.gwipaddress`, item);
    for (const [index, route] of item.asked.routes.entries()) checkRoute(route, index, item);
    if (item.asked.defaultGateway && gatewaysOf(item).length === 0) throw noGateway(item);
  }
  refuseSecondDefaultGateway(
    items.map((item) => ({
      field: item.asked.field,
      defaultGateway: item.asked.defaultGateway,
      families: gatewaysOf(item).map(({ family }) => family),
    })),
  );
}

function checkRoute(route: Route, index: number, item: NetworkedInterface): void {
  const field = `${item.asked.field}.routes[${index.toString()}]`;
  if (route.gateway !== undefined) {
    checkReachable(route.gateway, `${field}.gw`, item);
    return;
  }
  if (gatewaysOf(item).some(({ family }) => family === route.dst.family)) return;
  throw refusal("RouteInvalid", {
    field: `${field}.gw`,
    value: undefined,
    reason: `is left out, and the network ${JSON.stringify(item.network.name)} has no IPv${route.dst.family.toString()} gateway`,
    remedy: "write the gateway of the route",
  });
}

function checkReachable(gateway: IpAddress, field: string, { network }: NetworkedInterface): void {
  if (network.subnets.some(({ cidr }) => containsIp(cidr, gateway))) return;
  const subnets = network.subnets.map(({ cidr }) => printCidr(cidr)).join(" and ");
  throw refusal("RouteInvalid", {
    field,
    value: printIp(gateway),
    reason: `cannot be reached on the network ${JSON.stringify(network.name)}, which has ${subnets}`,
    remedy: "write an address of that network",
  });
}

function noGateway({ asked, network }: NetworkedInterface) {
  return refusal("RouteInvalid", {
    field: `${asked.field}.defaultGateway`,
    value: true,
    reason: `asks for the default route, and the network ${JSON.stringify(network.name)} has no gateway`,
    remedy: "write gwipaddress, or give the network a gateway",
  });
}
