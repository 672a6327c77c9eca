import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { nameSome } from "../conditions/conditions.ts";
import type { PodCondition } from "#src/kube/pods.ts";
import { unattachedInterfaces } from "./unattached.ts";
import type { PortRow } from "./allocation-rows.ts";

/** The facts that the condition of a pod on its networks is to tell. */
export interface NetworksReadiness {
  /** The number of the pod's interfaces. */
  readonly interfaces: number;
  /** Names of the interfaces that are not up. The condition is true when there are none. */
  readonly waiting: readonly string[];
}

/**
 * Says what the condition of a pod with our readiness gate is to become. It is undefined when the condition says that
 * already, when the pod has no such gate, ends, does not run yet, or has a result that nobody can read: a pod without the condition is not Ready either. `rows`
 * are those of the pod's allocation. A pod whose last interface was unplugged waits for none, and no pod waits for one that was plugged
 * and that nobody has attached: a pod that serves goes on serving.
 */
export function readinessToTell(
  { metadata, spec, status }: PodMetadata,
  rows: readonly PortRow[],
  stored: readonly InterfaceResult[] | undefined,
): NetworksReadiness | undefined {
  if (!spec.waitsForNetworks || metadata.deletionTimestamp !== undefined || stored === undefined) return undefined;
  const unattached = unattachedInterfaces({ metadata, spec, status }, stored, rows);
  const results = stored.filter((result) => result.leaving !== true && !unattached.includes(result));
  const up = new Set(rows.filter(({ isUp, owner }) => isUp && owner.podUid === metadata.uid).map(({ name }) => name));
  const waiting = results.filter(({ port }) => !up.has(port)).map((result) => result.interface);
  const before = status.networksReady ?? (status.phase === "Running" ? undefined : "False");
  return before === statusOf(waiting) ? undefined : { interfaces: results.length, waiting };
}

/** The condition as it stands in the pod's status. */
export function networksCondition({ interfaces, waiting }: NetworksReadiness, now: Date): PodCondition {
  const status = statusOf(waiting);
  return {
    type: annotationKeys.networksReady.key,
    status,
    reason: status === "True" ? "InterfacesUp" : "InterfacesNotUp",
    message:
      status === "True"
        ? `OVN has wired all interfaces: ${interfaces}`
        : `OVN has not wired ${nameSome(waiting)} of ${interfaces} interfaces on the pod's node`,
    lastTransitionTime: now.toISOString(),
  };
}

function statusOf(waiting: readonly string[]): "True" | "False" {
  return waiting.length === 0 ? "True" : "False";
}
