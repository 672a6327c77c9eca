import { refusal } from "#src/core/errors.ts";
import type { Refusals } from "#src/core/refusals.ts";

/** The settings of an interface that sends, or that others reach. */
const settingsOfSenders = [
  "ipAddress",
  "claim",
  "defaultGateway",
  "gwipaddress",
  "routes",
  "allowedAddresses",
  "bandwidth",
  "externalIp",
  "distributed",
] as const;

/** Refuses each setting that an interface which only receives cannot have. */
export function refuseBesideTap(
  fields: Readonly<Partial<Record<(typeof settingsOfSenders)[number], unknown>>>,
  fieldOf: (name: (typeof settingsOfSenders)[number]) => string,
  refusals: Refusals,
): void {
  for (const name of settingsOfSenders) {
    const value = fields[name];
    if (value === undefined || value === "false") continue;
    refusals.add(
      refusal("Malformed", {
        field: fieldOf(name),
        value,
        reason: "stands beside tap, and such an interface has no address and sends nothing",
        remedy: "remove one of the two, or ask for another interface that has it",
      }),
    );
  }
}
