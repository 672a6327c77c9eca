import { netlinkCommand } from "./netlink-command.ts";

export interface NextHop {
  readonly device: string;
  /** It is absent when the destination is on the link. */
  readonly gateway?: string | undefined;
}

export interface KernelRoute {
  /** The destination, with prefix length. */
  readonly to: string;
  /** The next hops, at least one. */
  readonly hops: readonly NextHop[];
  /** Number of its routing table, when that is not the main one. */
  readonly table?: number | undefined;
  /** When it is absent, the kernel chooses. */
  readonly metric?: number | undefined;
}

/** RT_TABLE_MAIN of rtnetlink(7). */
export const mainTable = 254;

export function routeCommand(verb: "route-add" | "route-replace" | "route-del", route: KernelRoute): string {
  const { to, hops, table = mainTable, metric = 0 } = route;
  const words = hops.flatMap(({ device, gateway = "-" }) => [device, gateway]);
  return netlinkCommand(verb, to, table.toString(), metric.toString(), ...words);
}
