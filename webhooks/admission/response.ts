// Makes admission answers and their bytes (k8s.io/api/admission/v1 AdmissionResponse).
import { errorCodes } from "#src/core/error-codes.ts";
import { type AppError, isRefusal } from "#src/core/errors.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import { reviewApiVersion, reviewKind } from "./review.ts";
import { fitWarnings } from "./warnings.ts";

/** The parts that any answer may have. */
export interface AnswerExtras {
  /** kubectl shows them as `Warning: ...`, so write no prefix. They are cut to what the API server passes on. */
  readonly warnings?: readonly string[];
  /** The API server writes them into the audit event, with the webhook's name before each key. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** The server calls exactly one of the two, once, when it knows what became of an allowing answer. */
export interface AnswerHooks {
  /** Rolls back what was done for the answer: the API server cannot have got it. */
  readonly rollBack?: () => Promise<void>;
  /** The answer was handed to the socket. Nobody can know whether it arrived. Must not throw. */
  readonly onHandedOver?: () => void;
}

export interface AllowedAnswer extends AnswerExtras, AnswerHooks {
  readonly allowed: true;
  /** When it is empty, the object stays as it is. */
  readonly patch: readonly PatchOperation[];
}

export interface DeniedAnswer extends AnswerExtras {
  readonly allowed: false;
  readonly error: AppError;
}

export type AdmissionAnswer = AllowedAnswer | DeniedAnswer;

export function allowed(extras: AnswerExtras = {}): AllowedAnswer {
  return { ...extras, allowed: true, patch: [] };
}

export function patched(patch: readonly PatchOperation[], extras: AnswerExtras & AnswerHooks = {}): AllowedAnswer {
  return { ...extras, allowed: true, patch };
}

export function denied(error: AppError, extras: AnswerExtras = {}): DeniedAnswer {
  return { ...extras, allowed: false, error };
}

/** Gives the label of an answer in metrics and logs: `allowed`, or the error's code. */
export function answerLabel(answer: AdmissionAnswer): string {
  return answer.allowed ? "allowed" : answer.error.code;
}

/** Prints the AdmissionReview that answers the request with this uid. */
export function printReview(uid: string, answer: AdmissionAnswer): string {
  return JSON.stringify({ apiVersion: reviewApiVersion, kind: reviewKind, response: responseOf(uid, answer) });
}

/** Gives what a user may read of an error: the message of a refusal, else only what the code means, and no inner text. */
export function publicMessage(error: AppError): string {
  if (isRefusal(error)) return error.message;
  const { meaning, remedy } = errorCodes[error.code];
  return `${error.code}: ${meaning} ${remedy}`;
}

function responseOf(uid: string, answer: AdmissionAnswer): object {
  const warnings = fitWarnings(answer.warnings ?? []);
  const extras = {
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(answer.auditAnnotations === undefined ? {} : { auditAnnotations: answer.auditAnnotations }),
  };
  if (!answer.allowed) {
    const { status: code, code: reason } = answer.error;
    const status = { status: "Failure", code, reason, message: publicMessage(answer.error) };
    return { uid, allowed: false, status, ...extras };
  }
  if (answer.patch.length === 0) return { uid, allowed: true, ...extras };
  const patch = Buffer.from(JSON.stringify(answer.patch)).toString("base64");
  return { uid, allowed: true, patchType: "JSONPatch", patch, ...extras };
}
