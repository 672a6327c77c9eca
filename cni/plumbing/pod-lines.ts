import { defaultRouteLines } from "./default-route.ts";
import type { NetworkState } from "./network-state.ts";
import { orderLine } from "./order-line.ts";
import { familyOfText, type PodInterface } from "./pod-interface.ts";
import { routeLine } from "./route-line.ts";
import { sourceRoutes, sourceRules } from "./source-routing.ts";

export interface PodSettings {
  /** Pod, service and node ranges that keep going through the old gateway when the default route moves. */
  readonly keptRanges: readonly string[];
  /** br-int forwards in user space (datapath `netdev`): checksums must be complete when packets leave the pod. */
  readonly completeChecksums: boolean;
}

/**
 * Lines, for the pod's namespace, that bring every interface up and give it addresses and routes, then move the default
 * route where that is asked for. `before` is what the namespace had, and matters only then.
 */
export function podLines(
  interfaces: readonly PodInterface[],
  settings: PodSettings,
  before: NetworkState,
): readonly string[] {
  const up = interfaces.flatMap(({ name, addresses }) => [
    // May be off in the pod.
    ...(addresses.some((address) => familyOfText(address) === 6) ? [orderLine("ipv6", name)] : []),
    ...(settings.completeChecksums ? [orderLine("checksums", name)] : []),
    orderLine("up", name),
    ...addresses.map((address) => orderLine("address", name, address)),
  ]);
  const routes = interfaces.flatMap(({ name: device, routes }) =>
    routes.map(({ dst: to, gw: gateway }) => routeLine("route-add", { to, hops: [{ device, gateway }] })),
  );
  const bySource = [
    ...sourceRoutes(interfaces).map((route) => routeLine("route-add", route)),
    ...sourceRules(interfaces).map(({ address, table }) => orderLine("rule", address, table.toString())),
  ];
  return [...up, ...routes, ...bySource, ...defaultRouteLines(interfaces, before.routes, settings.keptRanges)];
}
