// Errors of the OVSDB client as errors of the product. No other file knows OvsdbError.
import { OvsdbError } from "ovsdb-client";
import { AppError, fromUnknown } from "#src/core/errors.ts";

/** The AppError that says the same as an error of the OVSDB client: message, details, cause and stack stay. */
export function fromOvsdb(caught: unknown): AppError {
  if (!(caught instanceof OvsdbError)) return fromUnknown(caught);
  const error = translate(caught, caught.cause instanceof OvsdbError ? fromOvsdb(caught.cause) : caught.cause);
  if (caught.stack !== undefined) error.stack = caught.stack;
  return error;
}

/** The result of a call of the OVSDB client. It throws an AppError where the client throws an error of its own. */
export function inAppErrors<T>(call: () => T): T {
  try {
    return call();
  } catch (caught) {
    throw fromOvsdb(caught);
  }
}

function translate(caught: OvsdbError, cause: unknown): AppError {
  const { message } = caught;
  switch (caught.code) {
    case "TransactionFailed": {
      const { serverError: error, operation, serverDetails } = caught.details;
      return new AppError(caught.code, message, { details: { error, operation, serverDetails }, cause });
    }
    case "NotConnected": {
      const { serverError } = caught.details;
      const details = serverError === undefined ? {} : { error: serverError };
      return new AppError(caught.code, message, { details, cause });
    }
    case "InvalidUse":
      return new AppError("Internal", message, { details: caught.details, cause });
    default:
      return new AppError(caught.code, message, { details: caught.details, cause });
  }
}
