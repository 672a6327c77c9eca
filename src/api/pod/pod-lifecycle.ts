import type { PodMetadata } from "./pod-metadata.ts";

/** True when the kubelet, or PodGC in its place, has written that no container of the pod runs any more. */
export function isTerminal({ status }: PodMetadata): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** True when the pod has ended and cannot run again: it may stay as an object, but needs no addresses. */
export function isDone(pod: PodMetadata): boolean {
  if (!isTerminal(pod)) return false;
  const { restartPolicy } = pod.spec;
  return (
    restartPolicy === "Never" ||
    (restartPolicy === "OnFailure" && pod.status.phase === "Succeeded") ||
    pod.status.reason === "Evicted"
  );
}

/** True while the pod runs, or may run, so that its addresses must be nobody else's. */
export function mayRun(pod: PodMetadata): boolean {
  const isBeingDeleted = pod.metadata.deletionTimestamp !== undefined;
  const neverScheduled = isBeingDeleted && pod.spec.nodeName === undefined;
  return !isDone(pod) && !neverScheduled && !(isBeingDeleted && isTerminal(pod));
}

/**
 * Sorts the older pod first. When several pods carry one token, the oldest is the original, and the others are copies
 * of it.
 */
export function byAge(a: PodMetadata, b: PodMetadata): number {
  return ageOf(a).localeCompare(ageOf(b));
}

function ageOf({ metadata }: PodMetadata): string {
  return `${metadata.creationTimestamp ?? ""} ${metadata.uid ?? ""}`;
}
