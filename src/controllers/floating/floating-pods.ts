// The pods to which a FloatingIP may lead, and the places at which they are found.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import type { PortOwner } from "#src/ovn/port-ownership.ts";
import type { NetworkedPod } from "../pods/networked-pod.ts";

/** A pod with an allocation, as far as a FloatingIP looks at it. */
export type FloatingPod = Pick<
  NetworkedPod,
  "namespace" | "name" | "uid" | "labels" | "allocation" | "ready" | "ending" | "finished"
>;

/** The places at which a pod is found: its namespace, and each of its labels there. */
export function placesOfPod({ namespace, labels }: Pick<FloatingPod, "namespace" | "labels">): readonly string[] {
  return [namespace, ...Object.entries(labels).map(([key, value]) => placeOf(namespace, key, value))];
}

/** The place at which all pods are found that a selector selects, with as few others as can be told. */
export function placeOfSelector(namespace: string, { matchLabels = {} }: LabelSelector): string {
  const [first] = Object.entries(matchLabels);
  return first === undefined ? namespace : placeOf(namespace, ...first);
}

/** The place at which all pods are found with the label of an allocation. */
export function placeOfAllocation({ namespace, allocation }: Pick<PortOwner, "namespace" | "allocation">): string {
  return placeOf(namespace, annotationKeys.allocation.key, allocation);
}

/** Neither a namespace nor a key has a blank. */
function placeOf(namespace: string, key: string, value: string): string {
  return `${namespace} ${key}=${value}`;
}
