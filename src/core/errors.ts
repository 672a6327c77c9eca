// The one error class of the product and the two ways to make one; codes are a closed table in error-codes.ts.
import { type Disposition, type ErrorCode, errorCodes, type RefusalCode } from "./error-codes.ts";

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error with a stable code; what it means and how to react is looked up in `errorCodes`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get disposition(): Disposition {
    return errorCodes[this.code].disposition;
  }

  /** HTTP status of this error in an answer of ours. */
  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** What a refusal must tell: where, what, why, and what to write instead. */
export interface RefusalDetails {
  /** Path of the field in the user's words, e.g. `k8s.plugin.opnfv.org/nfn-network: interface[1].ipAddress`. */
  readonly field: string;
  readonly value: unknown;
  /** Why, as a clause: `is outside 10.1.0.0/24`. */
  readonly reason: string;
  /** The cure, as an imperative clause: `ask for an address inside 10.1.0.0/24`. */
  readonly remedy: string;
  /** Who holds what was asked for: for the log and the audit annotation only, never in the message. */
  readonly holder?: string;
}

/** Makes the error for a request that is refused. The message reads `Code: field "value" reason; remedy`. */
export function refusal(code: RefusalCode, details: RefusalDetails, cause?: unknown): AppError {
  const value = details.value === undefined ? "" : ` ${printValue(details.value)}`;
  const message = `${code}: ${details.field}${value} ${details.reason}; ${details.remedy}`;
  return new AppError(code, message, { details: { ...details }, cause });
}

/** True for errors that are an answer to the user, not a fault of a part. */
export function isRefusal(error: unknown): error is AppError & { readonly code: RefusalCode } {
  return error instanceof AppError && errorCodes[error.code].kind === "refusal";
}

/** Turns anything caught into an AppError; what is not one already becomes `fallback` with the original as cause. */
export function fromUnknown(caught: unknown, fallback: ErrorCode = "Internal"): AppError {
  if (caught instanceof AppError) return caught;
  const message = caught instanceof Error ? caught.message : String(caught);
  return new AppError(fallback, message, { cause: caught });
}

const maxPrintedValue = 80;

function printValue(value: unknown): string {
  const text =
    typeof value === "bigint" ? value.toString() : ((JSON.stringify(value) as string | undefined) ?? typeof value);
  return text.length <= maxPrintedValue ? text : `${text.slice(0, maxPrintedValue - 1)}…`;
}
