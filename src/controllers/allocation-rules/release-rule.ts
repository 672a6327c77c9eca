import { isDone, isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";

/** The state of the pod's node. Only the last two prove that nothing runs there any more. */
export type NodeState = "there" | "gone" | "out-of-service";

/** The facts that decide about a pod that was deleted by force. Other pods need none of them. */
export interface ForcedState {
  readonly node: NodeState;
  /** The monotonic time since which this process has seen the pod deleted with grace 0 and not terminal. */
  readonly sinceMs: number;
  /** The time for which a forced pod may still run. */
  readonly boundMs: number;
}

export type ReleaseVerdict =
  /** Nothing of the pod runs, or may run again. `rule` is the row in docs/design/release-rules.md. */
  | { readonly release: true; readonly rule: "A" | "B" | "C"; readonly why: string }
  /** The pod is not released before something changes, or before this much time has passed. */
  | { readonly release: false; readonly againInMs?: number };

/** True for pods deleted with grace 0 that the kubelet may still run. Only these need `ForcedState`. */
export function isForced(pod: PodMetadata): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds === 0 &&
    pod.spec.nodeName !== undefined &&
    !isTerminal(pod)
  );
}

/** Says whether the addresses of a pod may be given to another. See docs/design/release-rules.md#rules-a-to-d. */
export function judgeRelease(pod: PodMetadata, nowMs: number, forced: ForcedState | undefined): ReleaseVerdict {
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (isDone(pod)) return { release: true, rule: "A", why: "completed" };
  if (!isDeleted) return { release: false };
  if (isTerminal(pod)) return { release: true, rule: "A", why: "terminated" };
  if (pod.spec.nodeName === undefined) return { release: true, rule: "B", why: "never scheduled" };
  if (!isForced(pod)) return { release: false };
  if (forced === undefined) return { release: false, againInMs: 0 };
  if (forced.node === "gone") return { release: true, rule: "C", why: "node gone" };
  if (forced.node === "out-of-service") return { release: true, rule: "C", why: "node out of service" };
  const leftMs = forced.sinceMs + forced.boundMs - nowMs;
  return leftMs <= 0
    ? { release: true, rule: "C", why: "forced, and the bound has passed" }
    : { release: false, againInMs: leftMs };
}
