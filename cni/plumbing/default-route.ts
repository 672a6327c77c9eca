import type { Family } from "#src/net/ip.ts";
import { isDefaultRoute } from "./network-state.ts";
import { defaultDestination, defaultFamilies, familyOfText, type PodInterface } from "./pod-interface.ts";
import { type KernelRoute, routeCommand } from "./route-command.ts";

/**
 * Moves the default route of each family that an interface is asked to carry. The bypass CIDRs (pods, services, the node)
 * go on through the old gateway, or the first one when the old default route has several. The old default route is deleted.
 * The new one has all gateways as next hops. `before` are the routes that the pod had, usually from its first CNI plugin.
 */
export function defaultRouteCommands(
  interfaces: readonly PodInterface[],
  before: readonly KernelRoute[],
  bypassCidrs: readonly string[],
): readonly string[] {
  return [...defaultFamilies(interfaces)].toSorted().flatMap((family) => {
    // An unreachable or blackhole default route has no next hop and leads nowhere, so there is nothing to go on using.
    const old = before.filter(
      (route) => isDefaultRoute(route) && familyOfText(route.to) === family && route.hops.length > 0,
    );
    const oldHop = old[0]?.hops.slice(0, 1);
    const bypass = oldHop === undefined ? [] : bypassCidrs.filter((cidr) => familyOfText(cidr) === family);
    return [
      ...bypass.map((to) => routeCommand("route-replace", { to, hops: oldHop ?? [], metric: bypassMetric })),
      ...old.map((route) => routeCommand("route-del", route)),
      routeCommand("route-add", newDefault(interfaces, family)),
    ];
  });
}

/**
 * Routes with this metric are less preferred than those that the kernel makes by itself. The first interface's own subnet
 * is often a bypass CIDR, and the kernel's route to it must stay, because the gateway is reached by it.
 */
const bypassMetric = 1024;

function newDefault(interfaces: readonly PodInterface[], family: Family): KernelRoute {
  const hops = interfaces.flatMap(({ name: device, defaultGateways }) =>
    defaultGateways.filter((gateway) => familyOfText(gateway) === family).map((gateway) => ({ device, gateway })),
  );
  return { to: defaultDestination(family), hops };
}
