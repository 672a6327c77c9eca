import type { RouteResult } from "#src/api/result.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { gatewayOf, type NetworkedInterface, subnetsOf } from "./interface-subnets.ts";

type Route = NetworkedInterface["asked"]["routes"][number];

/**
 * The routes of each of a pod's interfaces, whose addresses are chosen; the network's first. A gateway that is left out is
 * the interface's of that family. A route of the network that cannot be used from the interface's subnets is left out.
 */
export function routesOfPod(items: readonly NetworkedInterface[]): readonly (readonly RouteResult[])[] {
  return items.map((item) => {
    const ofNetwork = item.network.routes.filter((route) => isUsable(route, item));
    return [...ofNetwork, ...item.asked.routes].map((route) => {
      const gateway = nextHop(route, item);
      return { dst: printCidr(route.dst), ...(gateway === undefined ? {} : { gw: printIp(gateway) }) };
    });
  });
}

function nextHop(route: Route, item: NetworkedInterface): IpAddress | undefined {
  return route.gateway ?? gatewayOf(item, route.dst.family);
}

/** The kernel takes a next hop only from a subnet of the interface, and not the interface itself. */
function isUsable(route: Route, item: NetworkedInterface): boolean {
  const { family } = route.dst;
  const gateway = nextHop(route, item);
  // On the link where the network has no gateway at all.
  if (gateway === undefined) return !item.network.subnets.some((subnet) => subnet.gateway?.family === family);
  if (item.addresses.some((ip) => equalIp(ip, gateway))) return false;
  return subnetsOf(item, family).subnets.some(({ cidr }) => containsIp(cidr, gateway));
}
