// Finds the pods that were stored and that no webhook saw: before the install, or while webhook and guard were absent. A pod
// that is not scheduled yet is given its addresses late. One that is scheduled only gets an Event.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";

export type LateVerdict =
  /** The pod asks, has nothing, and no kubelet can have seen it. */
  | "allocate"
  /** The pod asks, has nothing, and is on a node: its owner must create it again, and an Event says so. */
  | "tell"
  | "leave";

/** The way in which a pod asks. Selections count where its namespace opts in, and if a definition of ours is among them. */
export type Asking = "by request" | "by selections";

const { request, earlyRequest, multusNetworks, result, token, allocation } = annotationKeys;

/** Finds how a pod asks that has no mark of the webhook; undefined when it does not ask, or has a mark. */
export function askingUnseen({ metadata: { annotations, labels } }: PodMetadata): Asking | undefined {
  const has = Object.hasOwn(annotations, result.key) || Object.hasOwn(annotations, token.key);
  if (has || Object.hasOwn(labels, allocation.key)) return undefined;
  if (Object.hasOwn(annotations, request.key) || Object.hasOwn(annotations, earlyRequest.key)) return "by request";
  return annotations[multusNetworks.key] ? "by selections" : undefined;
}

/**
 * Says what to do about a stored pod. The webhook leaves pods of `excluded` namespaces as they are. See
 * docs/design/release-rules.md#drift.
 */
export function judgeLate(pod: PodMetadata, excluded: ReadonlySet<string>): LateVerdict {
  const { namespace = "", deletionTimestamp } = pod.metadata;
  if (askingUnseen(pod) === undefined || excluded.has(namespace)) return "leave";
  if (deletionTimestamp !== undefined || isTerminal(pod)) return "leave";
  return pod.spec.nodeName === undefined ? "allocate" : "tell";
}
