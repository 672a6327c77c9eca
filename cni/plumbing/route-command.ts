import { netlinkCommand } from "./netlink-command.ts";

export interface NextHop {
  readonly device: string;
  /** Absent: the destination is on the link. */
  readonly gateway?: string | undefined;
}

export interface KernelRoute {
  /** With prefix length. */
  readonly to: string;
  /** At least one. */
  readonly hops: readonly NextHop[];
  /** Number of its routing table; absent: the main one. */
  readonly table?: number | undefined;
  /** Absent: the kernel's choice. */
  readonly metric?: number | undefined;
}

/** RT_TABLE_MAIN of rtnetlink(7). */
export const mainTable = 254;

export function routeCommand(verb: "route-add" | "route-replace" | "route-del", route: KernelRoute): string {
  const { to, hops, table = mainTable, metric = 0 } = route;
  const words = hops.flatMap(({ device, gateway = "-" }) => [device, gateway]);
  return netlinkCommand(verb, to, table.toString(), metric.toString(), ...words);
}
