import type { Family } from "#src/net/ip.ts";
import { isDefaultRoute } from "./network-state.ts";
import { defaultDestination, defaultFamilies, familyOfText, type PodInterface } from "./pod-interface.ts";
import { type KernelRoute, routeCommand } from "./route-command.ts";

/**
 * Moves the default route of each family that an interface is asked to carry: `keptRanges` (pods, services, the node)
 * go on through the old gateway (the first, when the old default has several), the old default goes, the new one has all
 * gateways as next hops. `before`: the routes that the pod had, from its first CNI as a rule.
 */
export function defaultRouteCommands(
  interfaces: readonly PodInterface[],
  before: readonly KernelRoute[],
  keptRanges: readonly string[],
): readonly string[] {
  return [...defaultFamilies(interfaces)].toSorted().flatMap((family) => {
    // An unreachable or blackhole default has no next hop and leads nowhere: nothing to keep using.
    const old = before.filter(
      (route) => isDefaultRoute(route) && familyOfText(route.to) === family && route.hops.length > 0,
    );
    const keeper = old[0]?.hops.slice(0, 1);
    const kept = keeper === undefined ? [] : keptRanges.filter((range) => familyOfText(range) === family);
    return [
      ...kept.map((to) => routeCommand("route-replace", { to, hops: keeper ?? [], metric: keptMetric })),
      ...old.map((route) => routeCommand("route-del", route)),
      routeCommand("route-add", newDefault(interfaces, family)),
    ];
  });
}

/**
 * Less preferred than what the kernel knows by itself: the first interface's own subnet is often one of the ranges, and
 * its route must stay, since the gateway is reached by it.
 */
const keptMetric = 1024;

function newDefault(interfaces: readonly PodInterface[], family: Family): KernelRoute {
  const hops = interfaces.flatMap(({ name: device, defaultGateways }) =>
    defaultGateways.filter((gateway) => familyOfText(gateway) === family).map((gateway) => ({ device, gateway })),
  );
  return { to: defaultDestination(family), hops };
}
