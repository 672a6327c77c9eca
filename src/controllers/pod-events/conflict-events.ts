import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Conflict, ConflictHolder } from "#src/ipam/watch/conflict-watch.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import { podEvent } from "./pod-events.ts";

/** Makes an Event for each pod that shares an address, whoever came last, with the names of those it shares it with. */
export function conflictEvents(
  { newcomer, others }: Conflict,
  podsOf: (allocation: string) => readonly PodMetadata[],
): readonly EventNote[] {
  const holders = [newcomer, ...others];
  return holders.flatMap((holder) => {
    const pod = podOf(holder, podsOf);
    if (pod === undefined) return [];
    const rivals = holders.filter((other) => other !== holder).map(({ name }) => name);
    return [podEvent(pod, "conflict", rivals.join(", "))];
  });
}

/**
 * Finds the pod of a holder. A pod that only has the label of an allocation that is bound to another pod is told
 * nothing.
 */
function podOf(
  { owner }: ConflictHolder,
  podsOf: (allocation: string) => readonly PodMetadata[],
): PodMetadata | undefined {
  if (owner === undefined) return undefined;
  return podsOf(owner.allocation).find(({ metadata }) => owner.podUid === "" || metadata.uid === owner.podUid);
}
