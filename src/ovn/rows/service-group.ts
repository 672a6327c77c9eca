// The group of the load balancers of all Services. The router and the switches of its networks refer to the group, so that a
// new Service is one change of it and none of them.
import { insert, mutate, namedUuid, type Operation, remove, type TableSpec, wait, type Where } from "ovsdb-client";
import type { RowSource } from "../row-source.ts";
import { balancedSwitch, loadBalancerGroup, logicalRouter } from "../owned/topology-tables.ts";

/** The name of the group of a cluster, by the UID of its kube-system. */
export const serviceGroupName = (cluster: string): string => `ovn4nfv-${cluster}`;

interface GroupNeeds {
  /** The UUIDs of the load balancers. Without any there is no group: on a switch with one all traffic passes conntrack. */
  readonly balancers: Iterable<string>;
  readonly switches: Iterable<string>;
  readonly routers: Iterable<string>;
}

/** Gives the operations that make the group what it should be, and none when it is. `source` is a replica of its tables. */
export function serviceGroupOperations(source: RowSource, cluster: string, needs: GroupNeeds): readonly Operation[] {
  const name = serviceGroupName(cluster);
  const [group] = [...source.rows(loadBalancerGroup)].filter(([, row]) => row.name === name);
  const balancers = [...needs.balancers];
  if (balancers.length === 0) return group === undefined ? [] : removal(source, group[0]);
  const [uuid, row] = group ?? [];
  const users = [
    ...missing(source, balancedSwitch, needs.switches, uuid).map((user) => [balancedSwitch, user] as const),
    ...missing(source, logicalRouter, needs.routers, uuid).map((user) => [logicalRouter, user] as const),
  ];
  const reference = uuid ?? namedUuid("group");
  const attach = users.map(([table, user]) => mutateGroups(table, user, "insert", reference));
  if (uuid === undefined || row === undefined) {
    const isFree = wait(loadBalancerGroup, {
      where: [["name", "==", name]],
      columns: ["name"],
      until: "==",
      rows: [],
      timeoutMs: 0,
    });
    return [isFree, insert(loadBalancerGroup, { name, load_balancer: balancers }, "group"), ...attach];
  }
  const added = notIn(row.load_balancer, balancers);
  const join = added.length === 0 ? [] : [mutate(loadBalancerGroup, at(uuid), [["load_balancer", "insert", added]])];
  return [...join, ...attach];
}

/** NB refuses to remove a row to which another one refers. */
function removal(source: RowSource, group: string): readonly Operation[] {
  const leave = [balancedSwitch, logicalRouter].flatMap((table) =>
    [...source.rows(table)]
      .filter(([, row]) => row.load_balancer_group.includes(group))
      .map(([uuid]) => mutateGroups(table, uuid, "delete", group)),
  );
  return [...leave, remove(loadBalancerGroup, at(group))];
}

function missing(
  source: RowSource,
  table: typeof balancedSwitch | typeof logicalRouter,
  wanted: Iterable<string>,
  group: string | undefined,
): readonly string[] {
  const rows = source.rows(table);
  return [...wanted].filter((uuid) => {
    const row = rows.get(uuid);
    return row !== undefined && (group === undefined || !row.load_balancer_group.includes(group));
  });
}

function notIn(present: readonly string[], wanted: readonly string[]): readonly string[] {
  const known = new Set(present);
  return wanted.filter((one) => !known.has(one));
}

function mutateGroups(table: TableSpec, uuid: string, mutator: "insert" | "delete", group: unknown): Operation {
  return mutate(table, at(uuid), [["load_balancer_group", mutator, [group]] as never]);
}

function at(uuid: string): Where<TableSpec> {
  return [["_uuid", "==", uuid]];
}
