import { defaultRouteCommands } from "./default-route.ts";
import type { NetworkState } from "./network-state.ts";
import { netlinkCommand } from "./netlink-command.ts";
import { familyOfText, type PodInterface } from "./pod-interface.ts";
import { routeCommand } from "./route-command.ts";
import { sourceRoutes, sourceRules } from "./source-routing.ts";

export interface PodSettings {
  /** Pod, service and node ranges that keep going through the old gateway when the default route moves. */
  readonly bypassCidrs: readonly string[];
  /** br-int forwards in user space (datapath `netdev`): checksums must be complete when packets leave the pod. */
  readonly completeChecksums: boolean;
}

/**
 * Lines, for the pod's namespace, that bring every interface up and give it addresses and routes, then move the default
 * route where that is asked for. `before` is what the namespace had, and matters only then.
 */
export function podCommands(
  interfaces: readonly PodInterface[],
  settings: PodSettings,
  before: NetworkState,
): readonly string[] {
  const up = interfaces.flatMap(({ name, addresses }) => [
    // May be off in the pod.
    ...(addresses.some((address) => familyOfText(address) === 6) ? [netlinkCommand("ipv6", name)] : []),
    ...(settings.completeChecksums ? [netlinkCommand("checksums", name)] : []),
    netlinkCommand("up", name),
    ...addresses.map((address) => netlinkCommand("address", name, address)),
  ]);
  const routes = interfaces.flatMap(({ name: device, routes }) =>
    routes.map(({ dst: to, gw: gateway }) => routeCommand("route-add", { to, hops: [{ device, gateway }] })),
  );
  const bySource = [
    ...sourceRoutes(interfaces).map((route) => routeCommand("route-add", route)),
    ...sourceRules(interfaces).map(({ address, table }) => netlinkCommand("rule", address, table.toString())),
  ];
  return [...up, ...routes, ...bySource, ...defaultRouteCommands(interfaces, before.routes, settings.bypassCidrs)];
}

/** Commands that make every veth pair, the host's end up, the other end in the pod under its final name and with its MAC. */
export function pairCommands(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.map(({ name, hostName, mac, mtu }) => netlinkCommand("pair", hostName, name, mac, mtu.toString()));
}
