import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { allocateForPod, type PodDecisionOptions, readNewPod } from "./allocate-for-pod.ts";
import { readDemand } from "./demand/pod-demand.ts";
import { ownMarks, removeMarks } from "./patch/own-marks.ts";
import type { DecidePod, PodDecision } from "./pod-decision.ts";

/** Decides about pods by the request in our own annotations: allocates what the pod asks for and signs the result. */
export function decideByRequest(options: PodDecisionOptions): DecidePod {
  return async (created, call) => {
    const warnings: string[] = [];
    try {
      const pod = readNewPod(created, options);
      if (pod === undefined) return { kind: "unchanged", warnings };
      const demand = await readDemand(pod, options.definitions, warnings, call);
      if (demand === undefined) return withoutMarks(created.object, pod.pod, warnings);
      return await allocateForPod({ created, pod: pod.pod, demand, warnings }, call, options);
    } catch (error) {
      if (isRefusal(error)) return { kind: "refused", error, warnings };
      throw error;
    }
  };
}

/** A pod that asks for nothing keeps no marks of ours: it was copied from another pod with them, and they are not for it. */
function withoutMarks(object: JsonObject, pod: PodMetadata, warnings: readonly string[]): PodDecision {
  const marks = ownMarks(pod);
  if (marks.length === 0) return { kind: "unchanged", warnings };
  const patch = new JsonPatch(object);
  removeMarks(patch);
  const removed = `removed without a request in ${annotationKeys.request.key}: ${marks.join(", ")}`;
  return { kind: "patched", patch: patch.operations(), warnings: [...warnings, removed], reservation: undefined };
}
