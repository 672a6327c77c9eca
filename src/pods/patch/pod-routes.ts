import type { RouteResult } from "#src/api/result.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { gatewayOf, interfaceSubnets } from "../networks/interface-subnets.ts";
import type { NetworkedInterface } from "../networks/networked-interface.ts";

type Route = NetworkedInterface["asked"]["routes"][number];

/**
 * Gives the routes of each interface of a pod, once the addresses are chosen: first those of the network, then those to the
 * other subnets of the network, then those of the request. A route without a gateway gets the gateway of the interface in
 * that family. A destination stands once in the routing table of a pod: a route of the request wins over those of networks, a
 * network has the routes to its own subnets, for the rest the first network wins over the others, and a subnet that the pod
 * is in needs no route. A route of the network that the interface cannot use is left out.
 */
export function routesOfPod(items: readonly NetworkedInterface[]): readonly (readonly RouteResult[])[] {
  const written = items.flatMap(({ asked }) => asked.routes.map(({ dst }) => printCidr(dst)));
  const taken = new Set([...written, ...items.flatMap(connected)]);
  const own = items.flatMap(({ addresses }) => addresses);
  return items.map((item) => {
    const others = new Set(items.flatMap(({ network }) => (network === item.network ? [] : prefixesOf(network))));
    const ofNetwork = item.network.routes.filter((route) => {
      const destination = printCidr(route.dst);
      if (taken.has(destination) || others.has(destination) || !isUsable(route, item, own)) return false;
      taken.add(destination);
      return true;
    });
    const besides = subnetRoutes(item, own).filter(({ dst }) => {
      if (taken.has(dst)) return false;
      taken.add(dst);
      return true;
    });
    const asked = item.asked.routes.map((route) => printRoute(route, item));
    return [...ofNetwork.map((route) => printRoute(route, item)), ...besides, ...asked];
  });
}

/**
 * Gives the routes to the subnets of the network in which the interface is not. Where both subnets have a gateway the router
 * is in both and carries the traffic; otherwise they share the wire of the switch.
 */
function subnetRoutes(item: NetworkedInterface, own: readonly IpAddress[]): readonly RouteResult[] {
  return ([4, 6] as const).flatMap((family) => {
    const inside = interfaceSubnets(item, family).subnets;
    // An interface without an address of the family cannot send to it.
    if (!item.addresses.some((ip) => ip.family === family)) return [];
    const outside = item.network.subnets.filter((one) => one.cidr.family === family && !inside.includes(one));
    return outside.map(({ cidr, gateway }): RouteResult => {
      const dst = printCidr(cidr);
      const route = { dst: cidr, gateway: undefined };
      const isRouted = gateway !== undefined && inside.some((one) => one.gateway !== undefined);
      return isRouted && isUsable(route, item, own) ? printRoute(route, item) : { dst };
    });
  });
}

function printRoute(route: Route, item: NetworkedInterface): RouteResult {
  const gateway = nextHop(route, item);
  return { dst: printCidr(route.dst), ...(gateway === undefined ? {} : { gw: printIp(gateway) }) };
}

function prefixesOf({ subnets }: NetworkedInterface["network"]): readonly string[] {
  return subnets.map(({ cidr }) => printCidr(cidr));
}

/** The subnets to which the kernel makes a route by itself, because the interface has an address there. */
function connected(item: NetworkedInterface): readonly string[] {
  return ([4, 6] as const).flatMap((family) =>
    interfaceSubnets(item, family).subnets.map(({ cidr }) => printCidr(cidr)),
  );
}

function nextHop(route: Route, item: NetworkedInterface): IpAddress | undefined {
  return route.gateway ?? gatewayOf(item, route.dst.family);
}

/**
 * True when the next hop lies in a subnet of the interface and is no address of the pod itself. The kernel refuses other
 * routes, or they lead nowhere.
 */
function isUsable(route: Route, item: NetworkedInterface, own: readonly IpAddress[]): boolean {
  const { family } = route.dst;
  const gateway = nextHop(route, item);
  // Without a gateway the destination is on the link, where the network has no gateway at all.
  if (gateway === undefined) return !item.network.subnets.some((subnet) => subnet.gateway?.family === family);
  if (own.some((ip) => equalIp(ip, gateway))) return false;
  return interfaceSubnets(item, family).subnets.some(({ cidr }) => containsIp(cidr, gateway));
}
