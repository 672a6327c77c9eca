// The one error class of the product. Its codes are a closed table in error-codes.ts.
import { type Disposition, type ErrorCode, errorCodes, type RefusalCode } from "./error-codes.ts";
import type { ErrorDetails, RefusalDetails } from "./error-details.ts";

interface AppErrorOptions<C extends ErrorCode> {
  readonly details?: ErrorDetails<C>;
  readonly cause?: unknown;
}

/** The last argument of the constructor. It may be left out when the code's details have no required field. */
type AppErrorArguments<C extends ErrorCode> =
  Partial<ErrorDetails<C>> extends ErrorDetails<C>
    ? [options?: AppErrorOptions<C>]
    : [options: AppErrorOptions<C> & { readonly details: ErrorDetails<C> }];

/**
 * An error with a stable code. `errorCodes` says what the code means and which reaction is right. The type of `details`
 * follows from the code, so narrow with `hasCode` or `isRefusal` before you read them.
 */
export class AppError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails<C>;

  constructor(code: C, message: string, ...[options]: AppErrorArguments<C>) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    // The constructor's type allows absent details only where none of their fields is required.
    this.details = options?.details ?? ({} as ErrorDetails<C>);
  }

  /** Lets `instanceof` narrow to `AppError`. For a generic class it would narrow to `AppError<any>`. */
  static override [Symbol.hasInstance](value: unknown): value is AppError {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  get disposition(): Disposition {
    return errorCodes[this.code].disposition;
  }

  /** The HTTP status of our answer that reports this error. */
  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** True for an AppError with one of these codes; the type of its details is known then. */
export function hasCode<C extends ErrorCode>(error: unknown, ...codes: readonly C[]): error is AppError<C> {
  return error instanceof AppError && codes.some((code) => code === error.code);
}

/**
 * Makes the error for a request that is refused. The message reads `Code: field "value" reason; remedy`, with a line for each
 * of several faults.
 */
export function refusal(code: RefusalCode, details: RefusalDetails, cause?: unknown): AppError<RefusalCode> {
  const { others = [], more = 0 } = details;
  const lines = [{ code, details }, ...others].slice(0, maxFaults).map((one) => faultLine(one.code, one.details));
  const left = others.length + 1 + more - lines.length;
  const message = [...lines, ...(left > 0 ? [`and ${left.toString()} more faults`] : [])].join("\n");
  return new AppError(code, message, { details: { ...details }, cause });
}

const maxFaults = 8;

function faultLine(code: RefusalCode, { field, value, reason, remedy }: RefusalDetails): string {
  return `${code}: ${field}${value === undefined ? "" : ` ${printValue(value)}`} ${reason}; ${remedy}`;
}

/** True for an error that is an answer to the user, and not a fault of some component. */
export function isRefusal(error: unknown): error is AppError<RefusalCode> {
  return error instanceof AppError && errorCodes[error.code].kind === "refusal";
}

/** Turns any caught value into an AppError. An AppError stays as it is; another value becomes the cause of a `fallback`. */
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
