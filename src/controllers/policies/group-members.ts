import { addToList } from "#src/core/lists-by-key.ts";
import { mutate, type Mutation, type Operation } from "ovsdb-client";
import type { GroupedPod } from "#src/api/policy/group-selector.ts";
import type { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { membersOf } from "#src/ovn/policy-group.ts";
import { portGroup } from "#src/ovn/owned/topology-tables.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { BoundPort } from "./bound-ports.ts";

/** A bound port, with the facts about its pod. */
export interface PodOfPort {
  readonly port: BoundPort;
  readonly pod: GroupedPod;
}

/**
 * Compares the groups in which ports are with those to which they belong, and gives the changes. Each must count one row. Ports
 * that are not named stay where they are: the webhook knows more of a pod that is being created.
 */
export function memberChanges(
  ports: readonly PodOfPort[],
  directory: Pick<GroupDirectory, "groupsOf">,
  source: RowSource,
  cluster: string,
): readonly Operation[] {
  const groups = [...source.rows(portGroup)].filter(
    ([, { external_ids }]) => membersOf(external_ids, cluster) !== undefined,
  );
  const groupsOf = remembering(directory);
  const joining = new Map<string, string[]>();
  const leaving = new Map<string, string[]>();
  for (const { port, pod } of ports) {
    const wanted = groupsOf(port.network, pod);
    for (const [uuid, row] of groups) {
      const isIn = row.ports.has(port.uuid);
      if (wanted.has(uuid) && !isIn) addToList(joining, uuid, port.uuid);
      if (!wanted.has(uuid) && isIn) addToList(leaving, uuid, port.uuid);
    }
  }
  return [...new Set([...joining.keys(), ...leaving.keys()])].map((uuid) => {
    const mutations: Mutation<typeof portGroup>[] = [
      ["ports", "delete", leaving.get(uuid) ?? []],
      ["ports", "insert", joining.get(uuid) ?? []],
    ];
    return mutate(portGroup, [["_uuid", "==", uuid]], mutations);
  });
}

/** Pods of one workload belong to the same groups, and are asked for once. */
function remembering(directory: Pick<GroupDirectory, "groupsOf">) {
  const known = new Map<string, ReadonlySet<string>>();
  return (network: string, pod: GroupedPod): ReadonlySet<string> => {
    const key = JSON.stringify([network, pod.namespace, pod.labels, pod.ports]);
    const found = known.get(key) ?? new Set(directory.groupsOf(network, pod).map(({ uuid }) => uuid));
    known.set(key, found);
    return found;
  };
}
