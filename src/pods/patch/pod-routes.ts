import type { RouteResult } from "#src/api/result.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { gatewayOf, interfaceSubnets } from "../networks/interface-subnets.ts";
import type { NetworkedInterface } from "../networks/networked-interface.ts";

type Route = NetworkedInterface["asked"]["routes"][number];

/**
 * The routes of each of a pod's interfaces, whose addresses are chosen; the network's first. A gateway that is left out is
 * the interface's of that family. A pod has one routing table, in which a destination stands once: a route of the request
 * comes before the networks', the first of these before the others', and a subnet that the pod is in needs none. A route
 * of the network that cannot be used from the interface's subnets is left out.
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

/** Subnets to which the kernel makes a route by itself, when it gets an address in them. */
function connected(item: NetworkedInterface): readonly string[] {
  return ([4, 6] as const).flatMap((family) =>
    interfaceSubnets(item, family).subnets.map(({ cidr }) => printCidr(cidr)),
  );
}

function nextHop(route: Route, item: NetworkedInterface): IpAddress | undefined {
  return route.gateway ?? gatewayOf(item, route.dst.family);
}

/** A next hop must lie in a subnet of the interface, and be no address of the pod itself: the kernel refuses it, or it leads nowhere. */
function isUsable(route: Route, item: NetworkedInterface, own: readonly IpAddress[]): boolean {
  const { family } = route.dst;
  const gateway = nextHop(route, item);
  // On the link where the network has no gateway at all.
  if (gateway === undefined) return !item.network.subnets.some((subnet) => subnet.gateway?.family === family);
  if (own.some((ip) => equalIp(ip, gateway))) return false;
  return interfaceSubnets(item, family).subnets.some(({ cidr }) => containsIp(cidr, gateway));
}
