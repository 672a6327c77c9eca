import type { RouteResult } from "#src/api/result.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { gatewayOf, interfaceSubnets } from "../networks/interface-subnets.ts";
import type { NetworkedInterface } from "../networks/networked-interface.ts";

type Route = NetworkedInterface["asked"]["routes"][number];

/**
 * Gives the routes of each interface of a pod, once the addresses are chosen: first those of the network, then those of the
 * request. A route without a gateway gets the gateway of the interface in that family. A destination stands once in the
 * routing table of a pod: a route of the request wins over those of networks, the first network wins over the others, and a
 * subnet that the pod is in needs no route. A route of the network that the interface cannot use is left out.
 */
export function routesOfPod(items: readonly NetworkedInterface[]): readonly (readonly RouteResult[])[] {
  const written = items.flatMap(({ asked }) => asked.routes.map(({ dst }) => printCidr(dst)));
  const taken = new Set([...written, ...items.flatMap(connected)]);
  const own = items.flatMap(({ addresses }) => addresses);
  return items.map((item) => {
    const ofNetwork = item.network.routes.filter((route) => {
      const destination = printCidr(route.dst);
      if (taken.has(destination) || !isUsable(route, item, own)) return false;
      taken.add(destination);
      return true;
    });
    return [...ofNetwork, ...item.asked.routes].map((route) => {
      const gateway = nextHop(route, item);
      return { dst: printCidr(route.dst), ...(gateway === undefined ? {} : { gw: printIp(gateway) }) };
    });
  });
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
