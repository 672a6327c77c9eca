import { type AppError, refusal } from "#src/core/errors.ts";

/** Makes the refusal for each fault of the database that may pass. `reason` is a clause: `cannot be reached`. */
export function backendUnavailable(reason: string, cause?: unknown): AppError {
  return refusal(
    "BackendUnavailable",
    {
      field: "the OVN Northbound database",
      value: undefined,
      reason,
      remedy: "try again in a moment; when it lasts, look at the database and at the webhook's log",
    },
    cause,
  );
}
