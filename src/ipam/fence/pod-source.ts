import type { RecoveredPod } from "../index/recovered-addresses.ts";

/** Reads the pods that Kubernetes has stored: their addresses are recovered when NB lacks them. */
export interface PodSource {
  /** Reads all pods that carry our label and a valid token and may run, in one consistent read of all pages. */
  labelledPods(signal: AbortSignal): Promise<readonly RecoveredPod[]>;
  /** Reads the pod live. True while it exists with its UID and may run. */
  mayRun(pod: RecoveredPod, signal: AbortSignal): Promise<boolean>;
}
