import type { ServerResponse } from "node:http";

/** All answers of the admission port that are no review, with HTTP status, and reason and message of a metav1.Status. */
export const rejections = {
  Undecodable: { status: 400, reason: "BadRequest", message: "the body is not an admission.k8s.io/v1 AdmissionReview" },
  ClientCertificateMissing: { status: 401, reason: "Unauthorized", message: "a client certificate is required" },
  ClientCertificateRefused: { status: 403, reason: "Forbidden", message: "the client certificate is not accepted" },
  ClientAuthorityRemoved: {
    status: 403,
    reason: "Forbidden",
    message: "the authority of the client certificate is not accepted any more; connect again with another one",
  },
  UnknownPath: { status: 404, reason: "NotFound", message: "there is no webhook at this path" },
  WrongMethod: { status: 405, reason: "MethodNotAllowed", message: "reviews are sent with POST" },
  BodyTimeout: { status: 408, reason: "Timeout", message: "the body did not arrive in time" },
  BodyTooLarge: { status: 413, reason: "RequestEntityTooLarge", message: "the body is larger than a review can be" },
  BodyTooComplex: {
    status: 413,
    reason: "RequestEntityTooLarge",
    message: "the body has more JSON values or levels than a review can have",
  },
  WrongContentType: {
    status: 415,
    reason: "UnsupportedMediaType",
    message: "reviews are application/json, not encoded",
  },
  Overloaded: { status: 503, reason: "ServiceUnavailable", message: "too many reviews are in flight; try again" },
  Defect: { status: 500, reason: "InternalError", message: "a defect of the webhook; its log says more" },
} as const satisfies Record<string, { status: number; reason: string; message: string }>;

export type Rejection = keyof typeof rejections;

/** Prints a rejection as a metav1.Status, which the API server quotes to its client: no stack, no path, no value. */
export function printRejection(rejection: Rejection, detail?: string): string {
  const { status: code, reason, message } = rejections[rejection];
  const text = detail === undefined ? message : `${message}: ${detail}`;
  return JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: text, reason, code });
}

/**
 * Writes JSON as the whole answer. It has no Retry-After, because the API server would send the same review again, up to
 * ten times within its deadline (client-go rest/with_retry.go).
 */
export function writeJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
