import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { PortRow } from "./allocation-rows.ts";

/**
 * The chassis that the ports of a pod should request. "" is for none, so that any chassis may take them. Undefined leaves
 * the ports as they are: the pod has no node yet, or nobody can say.
 */
export type WantedChassis = (pod: PodMetadata) => string | undefined;

/** For processes that do not know the chassis of nodes. */
export const leaveChassis: WantedChassis = () => undefined;

/** True when the port requests the chassis that it should, or may stay as it is. */
export function requestsChassis({ chassis = "" }: Pick<PortRow, "chassis">, wanted: string | undefined): boolean {
  return wanted === undefined || chassis === wanted;
}

/** Ports that are bound to a pod of a node and that any chassis may take. */
export function countUnpinned(pods: Iterable<PodMetadata>, rowsOf: (pod: PodMetadata) => readonly PortRow[]): number {
  let count = 0;
  for (const pod of pods) {
    if (pod.spec.nodeName === undefined) continue;
    for (const { chassis, owner } of rowsOf(pod))
      if (chassis === undefined && owner.podUid === pod.metadata.uid) count += 1;
  }
  return count;
}
