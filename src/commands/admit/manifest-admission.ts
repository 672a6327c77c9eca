import { readPod } from "#src/api/pod/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { AdmissionContext, AdmissionHandler } from "#webhooks/admission/handler.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { type AdmissionAnswer, denied } from "#webhooks/admission/response.ts";
import { applyPatch } from "./apply-patch.ts";
import { createRequest } from "./create-request.ts";

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
    const named = { namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
    const answer = await handler(createRequest(pod, { ...named, username: "ovn4nfv admit", dryRun }), context);
    return { pod: name, answer, stored: answer.allowed ? applyPatch(pod, answer.patch) : undefined };
  } catch (error) {
    if (isRefusal(error)) return { pod: name, answer: denied(error), stored: undefined };
    throw error;
  }
}
