import { type AdmissionRequest, parseReview } from "#webhooks/admission/review.ts";

/** The request to create an object of this kind in the namespace `default`. */
export function reviewRequest(kind: string, object: object, changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const request = {
    uid: "1",
    kind: { group: "apps", version: "v1", kind },
    resource: { group: "apps", version: "v1", resource: kind.toLowerCase() },
    namespace: "default",
    operation: "CREATE",
    object,
  };
  const parsed = parseReview(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request }));
  if (!parsed.ok) throw new Error(parsed.problem);
  return { ...parsed.request, ...changes };
}
