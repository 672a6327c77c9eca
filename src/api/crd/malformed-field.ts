import { type AppError, refusal } from "#src/core/errors.ts";

/** Makes the refusal of a field that cannot be read as it stands. */
export type MalformedField = (field: string, value: unknown, reason: string) => AppError;

/** Gives the refusals of a kind. `singular` is its name in `kubectl explain`. */
export function malformedIn(singular: "network" | "providernetwork" | "uplink" | "tap" | "floatingip"): MalformedField {
  return (field, value, reason) =>
    refusal("Malformed", {
      field,
      value,
      reason,
      remedy: `correct the field; \`kubectl explain ${singular}.spec\` tells more`,
    });
}
