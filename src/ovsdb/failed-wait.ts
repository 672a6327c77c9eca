import { type AppError, hasCode } from "#src/core/errors.ts";

/** True when a transaction failed because a `wait` in it did not hold: the database was not as the writer had read it. */
export function isFailedWait(error: unknown): error is AppError<"TransactionFailed"> {
  return hasCode(error, "TransactionFailed") && error.details.error === "timed out";
}
