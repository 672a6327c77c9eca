import { randomUUID } from "node:crypto";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { AdmissionRequest } from "#webhooks/admission/review.ts";

export interface CreateRequestOptions {
  readonly namespace: string;
  /** Empty while it is to be generated. */
  readonly name: string;
  /** Who asks, in the audit line. */
  readonly username: string;
  readonly dryRun: boolean;
}

/** What the API server would send to the webhook while it creates this pod. */
export function createRequest(object: JsonObject, options: CreateRequestOptions): AdmissionRequest {
  const { namespace, name, username, dryRun } = options;
  return {
    uid: randomUUID(),
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    subResource: "",
    name,
    namespace,
    operation: "CREATE",
    userInfo: { username, uid: "", groups: [] },
    object,
    oldObject: undefined,
    dryRun,
    options: undefined,
  };
}
