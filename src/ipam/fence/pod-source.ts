import type { RecoveredPod } from "../index/recovered-addresses.ts";

/** Where claims come from: the pods that Kubernetes has stored. Implemented over the Kubernetes API by the webhook. */
export interface PodSource {
  /** The claims of all pods that carry our label, a valid token, and may run. One consistent read of all pages. */
  labelledPods(signal: AbortSignal): Promise<readonly RecoveredPod[]>;
  /** A live read: true while the pod of the claim exists, with its UID, and may run. */
  mayRun(claim: RecoveredPod, signal: AbortSignal): Promise<boolean>;
}
