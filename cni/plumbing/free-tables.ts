import { firstTable } from "./interface-route-table.ts";
import { netlinkCommand } from "./netlink-command.ts";
import type { NetworkState } from "./network-state.ts";
import type { PodInterface } from "./pod-interface.ts";

/** Interfaces that join others in a pod, with routing tables that are free there, and the commands that come before them. */
export interface Joining {
  readonly interfaces: readonly PodInterface[];
  readonly commands: readonly string[];
}

/**
 * Interfaces come and go, and the number of a table is that of a place in the pod's result, which others may have had before. So
 * an interface that joins others takes a table that none of them uses. An interface that went has taken its routes along and
 * has left its rules behind; they are removed.
 */
export function inFreeTables(interfaces: readonly PodInterface[], state: NetworkState): Joining {
  if (interfaces.every(({ table }) => table === undefined)) return { interfaces, commands: [] };
  const used = new Set(state.routes.map(({ table }) => table));
  const stale = state.rules.filter(({ table }) => table >= firstTable && !used.has(table));
  const placed = interfaces.map((one) => {
    if (one.table === undefined) return one;
    let { table } = one;
    for (let next = firstTable; used.has(table); next++) table = next;
    used.add(table);
    return { ...one, table };
  });
  const commands = stale.map(({ from, table }) => netlinkCommand("rule-del", from, table.toString()));
  return { interfaces: placed, commands };
}
