// Pods that were stored without having met the webhook: before the install, or while webhook and guard were absent. As
// long as nobody has scheduled one it is given its addresses late; after that it can only be told of.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";

export type LateVerdict =
  /** It asks, has nothing, and no kubelet may have looked at it. */
  | "allocate"
  /** It asks and has nothing, and is on a node: whoever made it must make it again. */
  | "tell"
  | "leave";

/** How a pod asks; selections count where its namespace opts in, and if a definition of ours is among them. */
export type Asking = "by request" | "by selections";

const { request, earlyRequest, multusNetworks, result, token, allocation } = annotationKeys;

/** How a pod asks for networks that carries nothing that the webhook writes; undefined: it does not, or was not missed. */
export function askingUnseen({ metadata: { annotations, labels } }: PodMetadata): Asking | undefined {
  const has = Object.hasOwn(annotations, result.key) || Object.hasOwn(annotations, token.key);
  if (has || Object.hasOwn(labels, allocation.key)) return undefined;
  if (Object.hasOwn(annotations, request.key) || Object.hasOwn(annotations, earlyRequest.key)) return "by request";
  return annotations[multusNetworks.key] ? "by selections" : undefined;
}

/**
 * Says what to do about a stored pod; the webhook leaves pods of `excluded` namespaces as they are. See
 * docs/design/release-rules.md#drift.
 */
export function judgeLate(pod: PodMetadata, excluded: ReadonlySet<string>): LateVerdict {
  const { namespace = "", deletionTimestamp } = pod.metadata;
  if (askingUnseen(pod) === undefined || excluded.has(namespace)) return "leave";
  if (deletionTimestamp !== undefined || isTerminal(pod)) return "leave";
  return pod.spec.nodeName === undefined ? "allocate" : "tell";
}
