// Checks the gateways, routes and default routes of a request against its networks. Pure.
import { refuseSecondDefaultGateway } from "#src/api/request/exclusive-settings.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type Family, type IpAddress, printIp } from "#src/net/ip.ts";
import { checkAllowedAddresses } from "./allowed-addresses.ts";
import { doubtfulSubnets, gatewayOf, gatewaysOf, interfaceSubnets } from "./interface-subnets.ts";
import type { NetworkedInterface } from "./networked-interface.ts";

type Route = NetworkedInterface["asked"]["routes"][number];
type Subnets = NetworkedInterface["network"]["subnets"];

/**
 * Throws `RouteInvalid` for each gateway, route or default route that the interface's network cannot carry, and `NotAllowed` for
 * each address to send from that it does not permit.
 */
export function checkSettings(items: readonly NetworkedInterface[]): void {
  const refusals = new Refusals();
  for (const item of items) {
    const { field, gateways, routes, defaultGateway } = item.asked;
    const checks = [
      ...gateways.map((gateway) => () => {
        checkGateway(gateway, `${field}.gwipaddress`, item, items);
      }),
      ...routes.map((route, index) => () => {
        checkDestination(route, index, item, items);
        checkRoute(route, index, item, items);
      }),
      () => {
        if (defaultGateway) checkDefaultRoute(item);
      },
    ];
    for (const check of checks) refusals.try(check);
  }
  refusals.try(() => {
    refuseSecondDefaultGateway(
      items.map((item) => ({
        field: item.asked.field,
        defaultGateway: item.asked.defaultGateway,
        families: gatewaysOf(item).map(({ family }) => family),
      })),
    );
  });
  refusals.try(() => {
    checkAllowedAddresses(items);
  });
  refusals.throwAll();
}

/**
 * Throws when the destination is a subnet that the pod is in: the kernel makes that route by itself, for the first interface
 * with an address there.
 */
function checkDestination(
  { dst }: Route,
  index: number,
  { asked }: NetworkedInterface,
  items: readonly NetworkedInterface[],
): void {
  const destination = printCidr(dst);
  for (const item of items) {
    const { subnets, isSettled } = interfaceSubnets(item, dst.family);
    if (!subnets.some(({ cidr }) => printCidr(cidr) === destination)) continue;
    throw invalid(
      `${asked.field}.routes[${index.toString()}].dst`,
      destination,
      `is a subnet of ${shown(item)}, which the pod joins`,
      isSettled
        ? "remove the route"
        : `remove the route, or write an ipAddress in another subnet for ${item.asked.field}`,
    );
  }
}

function checkRoute(route: Route, index: number, item: NetworkedInterface, items: readonly NetworkedInterface[]): void {
  const field = `${item.asked.field}.routes[${index.toString()}].gw`;
  const { family } = route.dst;
  if (route.gateway !== undefined) {
    checkGateway(route.gateway, field, item, items);
    return;
  }
  const doubtful = doubtfulSubnets(item, family);
  if (doubtful.length > 0) {
    throw invalid(
      field,
      undefined,
      `is left out, and ${withoutGateway(doubtful, item)}`,
      "write the gateway of the route and an ipAddress in its subnet",
    );
  }
  if (gatewayOf(item, family) !== undefined) return;
  const isReached = item.network.subnets.some(({ cidr }) => cidr.family === family);
  throw invalid(
    field,
    undefined,
    `is left out, and ${shown(item)} has no IPv${family.toString()} ${isReached ? "gateway" : "subnet"}`,
    isReached ? "write the gateway of the route" : "remove the route, or ask for a network that has one",
  );
}

function checkDefaultRoute(item: NetworkedInterface): void {
  const field = `${item.asked.field}.defaultGateway`;
  for (const family of [4, 6] as const satisfies readonly Family[]) {
    const doubtful = doubtfulSubnets(item, family);
    if (doubtful.length === 0) continue;
    throw invalid(
      field,
      true,
      `asks for the default route, and ${withoutGateway(doubtful, item)}`,
      "write an ipAddress in a subnet that has a gateway, or give each subnet one",
    );
  }
  if (gatewaysOf(item).length > 0) return;
  throw invalid(
    field,
    true,
    `asks for the default route, and ${shown(item)} has no gateway`,
    "write gwipaddress, or give the network a gateway",
  );
}

/**
 * Throws when the gateway is an address of the pod itself. Such a route leads nowhere in IPv4, and the kernel refuses it in
 * IPv6.
 */
function checkGateway(
  gateway: IpAddress,
  field: string,
  item: NetworkedInterface,
  items: readonly NetworkedInterface[],
): void {
  const holder = items.find(({ addresses }) => addresses.some((ip) => equalIp(ip, gateway)));
  if (holder !== undefined) {
    throw invalid(
      field,
      printIp(gateway),
      `is an address that ${holder.asked.field} asks for`,
      "name the address of the router on the network",
    );
  }
  checkReachable(gateway, field, item);
}

/** Throws unless the gateway lies in a subnet in which the interface is sure to have an address. */
function checkReachable(gateway: IpAddress, field: string, item: NetworkedInterface): void {
  const { subnets, isSettled } = interfaceSubnets(item, gateway.family);
  const holds = ({ cidr }: Subnets[number]): boolean => containsIp(cidr, gateway);
  if (isSettled && subnets.some(holds)) return;
  const elsewhere = item.network.subnets.find(holds);
  if (elsewhere === undefined) {
    throw invalid(
      field,
      printIp(gateway),
      `cannot be reached on ${shown(item)}, which has ${listed(item.network.subnets)}`,
      "write an address of that network",
    );
  }
  const cidr = printCidr(elsewhere.cidr);
  throw invalid(
    field,
    printIp(gateway),
    `lies in ${cidr}, in which the interface asks for no address, and ${shown(item)} has other subnets`,
    `write an ipAddress in ${cidr} too, or leave the gateway out`,
  );
}

function invalid(field: string, value: unknown, reason: string, remedy: string): AppError {
  return refusal("RouteInvalid", { field, value, reason, remedy });
}

function withoutGateway(doubtful: Subnets, item: NetworkedInterface): string {
  return `an address may be chosen from ${listed(doubtful)} of ${shown(item)}, which has no gateway`;
}

function shown({ network }: NetworkedInterface): string {
  return `the network ${JSON.stringify(network.name)}`;
}

function listed(subnets: Subnets): string {
  return subnets.map(({ cidr }) => printCidr(cidr)).join(" and ");
}
