// Pods that were stored without having met the webhook: before the install, or while webhook and guard were absent. As
// long as nobody has scheduled one it is given its addresses late; after that it can only be told of.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isTerminal } from "#src/api/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod-metadata.ts";

export type LateVerdict =
  /** It asks, has nothing, and no kubelet may have looked at it. */
  | "allocate"
  /** It asks and has nothing, and is on a node: whoever made it must make it again. */
  | "tell"
  | "leave";

const { request, earlyRequest, result, token, allocation } = annotationKeys;

/** True for a pod that asks for networks and carries nothing that the webhook writes. */
export function wasMissed({ metadata: { annotations, labels } }: PodMetadata): boolean {
  const asks = Object.hasOwn(annotations, request.key) || Object.hasOwn(annotations, earlyRequest.key);
  const has = Object.hasOwn(annotations, result.key) || Object.hasOwn(annotations, token.key);
  return asks && !has && !Object.hasOwn(labels, allocation.key);
}

/** What is to be done about a stored pod; `excluded`: namespaces whose pods the webhook leaves as they are. DESIGN 3.7. */
export function judgeLate(pod: PodMetadata, excluded: ReadonlySet<string>): LateVerdict {
  const { namespace = "", deletionTimestamp } = pod.metadata;
  if (!wasMissed(pod) || excluded.has(namespace)) return "leave";
  if (deletionTimestamp !== undefined || isTerminal(pod)) return "leave";
  return pod.spec.nodeName === undefined ? "allocate" : "tell";
}
