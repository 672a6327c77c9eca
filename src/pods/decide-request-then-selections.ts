import { applyPatch } from "#src/api/text/apply-patch.ts";
import type { DecidePod, PodDecision } from "./pod-decision.ts";

/**
 * Decides as the API server has both webhook entries decide: by the request first, then by Multus selections about the pod
 * that the first patch leaves. The patch of the decision is for the object as it came.
 */
export function decideRequestThenSelections(byRequest: DecidePod, bySelections: DecidePod): DecidePod {
  return async (pod, call) => {
    const first = await byRequest(pod, call);
    // A pod that was given addresses by its request has a request, and its selections ask for nothing more.
    const isDecided = first.kind === "refused" || (first.kind === "patched" && first.reservation !== undefined);
    if (isDecided) return first;
    const object = first.kind === "patched" ? applyPatch(pod.object, first.patch) : pod.object;
    return joined(first, await bySelections({ ...pod, object }, call));
  };
}

function joined(first: PodDecision, second: PodDecision): PodDecision {
  const warnings = [...first.warnings, ...second.warnings];
  if (second.kind === "refused" || first.kind !== "patched") return { ...second, warnings };
  if (second.kind !== "patched") return { ...first, warnings };
  return { ...second, patch: [...first.patch, ...second.patch], warnings };
}
