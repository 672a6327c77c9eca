import type { ReplicaRange } from "#src/api/pod/replica-range.ts";
import type { AskingReplica } from "../demand/ordinal-addresses.ts";

/** Says for which replicas of a StatefulSet there are no addresses. Such pods are refused. */
export function tooFewLists({ lists }: AskingReplica, { count, start }: ReplicaRange): readonly string[] {
  return lists.flatMap((own) => {
    if (own === undefined || own.lists.length >= count) return [];
    const without = start + own.lists.length;
    return [
      `ordinalAddresses has ${own.lists.length} lists for ${count} replicas: pods from ordinal ${without} on are refused`,
    ];
  });
}
