import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { JsonPatch } from "#src/api/text/json-patch.ts";
import { isList } from "#src/api/text/json-text.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

/** Adds our readiness gate behind those that the pod has. */
export function setReadinessGate(patch: JsonPatch, object: JsonObject): void {
  const spec = object["spec"];
  const gates = isJsonObject(spec) ? spec["readinessGates"] : undefined;
  const others = gates !== undefined && isList(gates) ? gates : [];
  patch.set(["spec", "readinessGates"], [...others, { conditionType: annotationKeys.networksReady.key }]);
}
