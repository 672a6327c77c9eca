import { randomUUID } from "node:crypto";
import { readPod } from "#src/api/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { AdmissionContext, AdmissionHandler } from "#webhooks/admission/handler.ts";
import type { JsonObject } from "#webhooks/admission/json-value.ts";
import { type AdmissionAnswer, denied } from "#webhooks/admission/response.ts";
import type { AdmissionRequest } from "#webhooks/admission/review.ts";
import { applyPatch } from "./apply-patch.ts";

/** A pod of a manifest and what the webhook says to it. */
export interface AdmittedManifest {
  /** `namespace/name`; a name that is still to be generated ends with `*`. */
  readonly pod: string;
  readonly answer: AdmissionAnswer;
  /** The pod as it would be stored; undefined when it is refused. */
  readonly stored: JsonObject | undefined;
}

/** Asks the webhook's own handler about a pod, as the API server does on CREATE. Faults that are no refusal are thrown. */
export async function admitManifest(
  pod: JsonObject,
  handler: AdmissionHandler,
  dryRun: boolean,
  context: AdmissionContext,
): Promise<AdmittedManifest> {
  let name = "?";
  try {
    const { metadata } = readPod(pod);
    name = `${metadata.namespace ?? ""}/${metadata.name ?? `${metadata.generateName ?? ""}*`}`;
    const answer = await handler(requestOf(pod, metadata.namespace ?? "", metadata.name ?? "", dryRun), context);
    return { pod: name, answer, stored: answer.allowed ? applyPatch(pod, answer.patch) : undefined };
  } catch (error) {
    if (isRefusal(error)) return { pod: name, answer: denied(error), stored: undefined };
    throw error;
  }
}

function requestOf(object: JsonObject, namespace: string, name: string, dryRun: boolean): AdmissionRequest {
  return {
    uid: randomUUID(),
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    subResource: "",
    name,
    namespace,
    operation: "CREATE",
    userInfo: { username: "ovn4nfv admit", uid: "", groups: [] },
    object,
    oldObject: undefined,
    dryRun,
    options: undefined,
  };
}
