import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { JsonPatch } from "#src/api/text/json-patch.ts";

/** Adds our readiness gate behind those that the pod has, which it neither reads nor writes again. */
export function setReadinessGate(patch: JsonPatch): void {
  patch.append(["spec", "readinessGates"], { conditionType: annotationKeys.networksReady.key });
}
