// A pair of chassis of which one is out of the group of the gateway. OVN ends BFD with the group of two, and nobody could tell
// any more whether the chassis reach each other. So a second group has both: that of a router port that leads nowhere.
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { haChassis, haChassisGroup, logicalRouter, topologyRouterPort } from "../owned/topology-tables.ts";

export interface WatchedPair {
  readonly scope: string;
  /** The name of the group of the gateway. */
  readonly name: string;
  readonly chassis: readonly string[];
}

/** A router port has an address. This one is in no network, and link-local, so that it stands in nobody's way. */
const nowhere = { mac: "0a:58:a9:fe:00:01", networks: ["169.254.0.1/30"] } as const;

/** The id of the row of a chassis in the group of the gateway. */
export function memberId(scope: string, chassis: string): string {
  return `${scope}/chassis-${chassis}`;
}

function watchedId(scope: string, chassis: string): string {
  return `${scope}/watched-${chassis}`;
}

/** Gives the group of both chassis, and the router with the port that has it. */
export function pairWatchRows({ scope, name: group, chassis }: WatchedPair): readonly DesiredRow[] {
  const name = group.replace(/^ovn4nfv/, "ovn4nfv-watch");
  const [router, id] = [`${scope}/watch`, `${scope}/watch-chassis`];
  return [
    { id, table: haChassisGroup, columns: { name } },
    ...chassis.map((one, index) => ({
      id: watchedId(scope, one),
      table: haChassis,
      columns: { chassis_name: one, priority: Math.max(1, 100 - index) },
      parent: { id, column: "ha_chassis" },
    })),
    { id: router, table: logicalRouter, columns: { name } },
    {
      id: `${scope}/watch-port`,
      table: topologyRouterPort,
      columns: { name: `rtow-${name}`, ...nowhere },
      refs: { ha_chassis_group: id },
      parent: { id: router, column: "ports" },
    },
  ];
}

/** The chassis that NB has for the gateway, best first, also the one that is out of its group. */
export function chassisInNb({ rows }: OwnedRows, scope: string): readonly string[] {
  const found = new Map<string, number>();
  for (const { id, row } of rows.values()) {
    if (!id.startsWith(memberId(scope, "")) && !id.startsWith(watchedId(scope, ""))) continue;
    const priority = Number(row["priority"]);
    const name = row["chassis_name"] as string;
    found.set(name, Math.max(priority, found.get(name) ?? 0));
  }
  return [...found].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

/** The chassis of the pair that NB has out of the group of the gateway, or undefined. */
export function memberOutIn({ rows }: OwnedRows, scope: string, pair: readonly string[]): string | undefined {
  return pair.find((one) => rows.has(watchedId(scope, one)) && !rows.has(memberId(scope, one)));
}
