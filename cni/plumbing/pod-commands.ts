import { defaultRouteCommands } from "./default-route.ts";
import type { NetworkState } from "./network-state.ts";
import { netlinkCommand } from "./netlink-command.ts";
import { familyOfText, type PodInterface } from "./pod-interface.ts";
import { routeCommand } from "./route-command.ts";
import { sourceRoutes, sourceRules } from "./source-routing.ts";

export interface PodSettings {
  /** CIDRs of pods, services and nodes that go on through the old gateway when the default route moves. */
  readonly bypassCidrs: readonly string[];
  /**
   * True when br-int forwards in user space (datapath `netdev`): checksums must be complete when packets leave the pod, and
   * bandwidth is limited in other places (shaping.ts).
   */
  readonly inUserSpace: boolean;
}

/**
 * Netlink commands for the pod's namespace. They bring every interface up, give it addresses and routes, and then move the
 * default route where that is asked for. `before` is the state of the namespace before; it matters only for that move.
 */
export function podCommands(
  interfaces: readonly PodInterface[],
  settings: PodSettings,
  before: NetworkState,
): readonly string[] {
  const up = interfaces.flatMap((one) => [
    ipv6Command(one),
    ...(settings.inUserSpace ? [netlinkCommand("checksums", one.name)] : []),
    netlinkCommand("up", one.name),
    ...one.addresses.map((address) => netlinkCommand("address", one.name, address)),
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

/** The command by which IPv6 is on or off. In no case does a router advertisement add addresses or routes. */
function ipv6Command({ name, addresses, guestAddresses, isSink }: PodInterface): string {
  // A guest may have the MAC of the interface, and so the address that the kernel would make of it. A sink sends nothing, and what
  // it receives is meant for others.
  if (guestAddresses !== undefined || isSink === true) return netlinkCommand("no-ipv6", name);
  // IPv6 may be off in the pod, where an interface with addresses of it needs it.
  const hasIpv6 = addresses.some((address) => familyOfText(address) === 6);
  return netlinkCommand(hasIpv6 ? "ipv6" : "no-ra", name);
}

/** Netlink commands that make every veth pair: the host's end is up, the pod's end has its final name and MAC. */
export function pairCommands(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.map(({ name, hostName, mac, mtu }) => netlinkCommand("pair", hostName, name, mac, mtu.toString()));
}
