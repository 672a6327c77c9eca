import { type AppError, refusal } from "#src/core/errors.ts";

/** The refusal for everything that is the backend's fault and may pass. `reason` is a clause: `cannot be reached`. */
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
