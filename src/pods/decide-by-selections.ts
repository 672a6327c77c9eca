import { annotationKeys } from "#src/api/annotation-keys.ts";
import { inMultusTerms } from "#src/api/multus/multus-request.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import { allocateForPod, type PodDecisionOptions, readNewPod } from "./allocate-for-pod.ts";
import { readMultusDemand } from "./demand/multus-demand.ts";
import { ownMarks } from "./patch/own-marks.ts";
import type { DecidePod } from "./pod-decision.ts";

/**
 * Decides about pods that ask by Multus selections of our definitions alone. It leaves a pod that has any key of ours as it
 * is: `decideByRequest` decides about that one.
 */
export function decideBySelections(options: PodDecisionOptions): DecidePod {
  return async (created, call) => {
    const warnings: string[] = [];
    try {
      const pod = readNewPod(created, options);
      if (pod === undefined || hasKeyOfOurs(pod.pod)) return { kind: "unchanged", warnings };
      const demand = await readMultusDemand(pod, options.definitions, call);
      if (demand === undefined) return { kind: "unchanged", warnings };
      return await allocateForPod({ created, pod: pod.pod, demand, warnings }, call, options);
    } catch (caught) {
      const error = inMultusTerms(caught);
      if (isRefusal(error)) return { kind: "refused", error, warnings };
      throw error;
    }
  };
}

function hasKeyOfOurs(pod: PodMetadata): boolean {
  const requests = [annotationKeys.request.key, annotationKeys.earlyRequest.key];
  return requests.some((key) => Object.hasOwn(pod.metadata.annotations, key)) || ownMarks(pod).length > 0;
}
