// The one error class of the product and the two ways to make one; codes are a closed table in error-codes.ts.
import { type Disposition, type ErrorCode, errorCodes, type RefusalCode } from "./error-codes.ts";
import type { ErrorDetails, RefusalDetails } from "./error-details.ts";

interface AppErrorOptions<C extends ErrorCode> {
  readonly details?: ErrorDetails<C>;
  readonly cause?: unknown;
}

/** The last argument of the constructor: it may be left out when the code's details have no required field. */
type AppErrorArguments<C extends ErrorCode> =
  Partial<ErrorDetails<C>> extends ErrorDetails<C>
    ? [options?: AppErrorOptions<C>]
    : [options: AppErrorOptions<C> & { readonly details: ErrorDetails<C> }];

/**
 * An error with a stable code; its meaning and the reaction to it are looked up in `errorCodes`. The type of `details`
 * follows from the code: narrow with `hasCode` or `isRefusal` before reading them.
 */
export class AppError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails<C>;

  constructor(code: C, message: string, ...[options]: AppErrorArguments<C>) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    // Details are absent only where none of their fields is required.
    this.details = options?.details ?? ({} as ErrorDetails<C>);
  }

  /** Makes `instanceof` narrow to `AppError`; for a generic class it would narrow to `AppError<any>`. */
  static override [Symbol.hasInstance](value: unknown): value is AppError {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  get disposition(): Disposition {
    return errorCodes[this.code].disposition;
  }

  /** HTTP status of this error in an answer of ours. */
  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** True for an AppError with one of these codes; the type of its details is known then. */
export function hasCode<C extends ErrorCode>(error: unknown, ...codes: readonly C[]): error is AppError<C> {
  return error instanceof AppError && codes.some((code) => code === error.code);
}

/** Makes the error for a request that is refused. The message reads `Code: field "value" reason; remedy`. */
export function refusal(code: RefusalCode, details: RefusalDetails, cause?: unknown): AppError<RefusalCode> {
  const value = details.value === undefined ? "" : ` ${printValue(details.value)}`;
  const message = `${code}: ${details.field}${value} ${details.reason}; ${details.remedy}`;
  return new AppError(code, message, { details: { ...details }, cause });
}

/** True for errors that are an answer to the user, not a fault of a part. */
export function isRefusal(error: unknown): error is AppError<RefusalCode> {
  return error instanceof AppError && errorCodes[error.code].kind === "refusal";
}

/** Turns anything caught into an AppError; what is not one already becomes `fallback` with the original as cause. */
export function fromUnknown(caught: unknown, fallback: "CommandFailed" | "Internal" = "Internal"): AppError {
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
