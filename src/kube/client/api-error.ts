import * as z from "zod";
import type { ApiErrorDetails } from "#src/core/error-details.ts";
import { AppError, hasCode } from "#src/core/errors.ts";

const statusBody = z.looseObject({
  kind: z.literal("Status"),
  message: z.string().default(""),
  reason: z.string().default(""),
  code: z.number().int().exactOptional(),
  details: z.looseObject({ retryAfterSeconds: z.number().exactOptional() }).nullish(),
});

const maxQuoted = 500;

/** The error for an answer that is not 2xx, or for an ERROR event of a watch. The body is a metav1.Status, or a proxy's text. */
export function apiErrorFromAnswer(
  what: string,
  answer: { readonly status?: number | undefined; readonly body: unknown; readonly retryAfter?: string | undefined },
): AppError {
  const parsed = statusBody.safeParse(answer.body);
  const header = Number.parseInt(answer.retryAfter ?? "", 10);
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  const details: ApiErrorDetails = {
    status: answer.status ?? (parsed.success ? parsed.data.code : undefined),
    reason: parsed.success ? parsed.data.reason : "",
    message: (parsed.success ? parsed.data.message : text).slice(0, maxQuoted),
    retryAfterSeconds:
      (parsed.success ? parsed.data.details?.retryAfterSeconds : undefined) ??
      (Number.isNaN(header) ? undefined : header),
  };
  const label = [details.status, details.reason].filter((part) => part !== undefined && part !== "").join(" ");
  return new AppError("KubeApiError", `${what}: ${label}: ${details.message}`, { details });
}

/** The error when no whole answer came: the connection was refused, reset or broken off, or TLS failed. */
export function apiErrorFromFault(what: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const message = cause instanceof Error ? describe(cause) : String(cause);
  const details: ApiErrorDetails = { status: undefined, reason: "Unreachable", message, retryAfterSeconds: undefined };
  return new AppError("KubeApiError", `${what}: ${message}`, { details, cause });
}

/** The details of an error of the API server, or of the connection to it; undefined for any other error. */
export function apiErrorDetails(error: unknown): ApiErrorDetails | undefined {
  return hasCode(error, "KubeApiError") ? error.details : undefined;
}

/** True when the object, or its collection, does not exist. */
export function isNotFound(error: unknown): boolean {
  return apiErrorDetails(error)?.status === 404;
}

/** True when the user has no right to this. A refusal by admission is no such error. */
export function isForbidden(error: unknown): boolean {
  const details = apiErrorDetails(error);
  return details?.status === 403 && /\bcannot \w+ (?:resource|path) /.test(details.message);
}

/** True when a precondition on uid or resourceVersion failed. For the create of a name that is taken see `isAlreadyExists`. */
export function isConflict(error: unknown): boolean {
  const details = apiErrorDetails(error);
  return details?.status === 409 && details.reason !== "AlreadyExists";
}

export function isAlreadyExists(error: unknown): boolean {
  return apiErrorDetails(error)?.reason === "AlreadyExists";
}

/** True when the resourceVersion or continue token is too old. The caller must list again. */
export function isGone(error: unknown): boolean {
  const details = apiErrorDetails(error);
  return details?.status === 410 || details?.reason === "Expired" || details?.reason === "Gone";
}

/** True when the server does not accept the parameters, as an older server does not know WatchList. */
export function isInvalid(error: unknown): boolean {
  const status = apiErrorDetails(error)?.status;
  return status === 422 || status === 400;
}

/** Node's AggregateError of a dual-stack connect has an empty message, but the errors in it say what happened. */
function describe(error: Error): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(String).join("; ");
  return error.message;
}
