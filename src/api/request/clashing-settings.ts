import { refusal } from "#src/core/errors.ts";
import type { Refusals } from "#src/core/refusals.ts";

/** The settings that an interface of some kind cannot have, and the refusal of each. */
export interface ClashingSettings<Name extends string> {
  readonly names: readonly Name[];
  readonly reason: string;
  readonly remedy: string;
}

/** Refuses each of the settings that is there. One with the text `false` asks for nothing. */
export function refuseClashing<Name extends string>(
  { names, reason, remedy }: ClashingSettings<Name>,
  fields: Readonly<Partial<Record<Name, unknown>>>,
  fieldOf: (name: Name) => string,
  refusals: Refusals,
): void {
  for (const name of names) {
    const value = fields[name];
    if (value === undefined || value === "false") continue;
    refusals.add(refusal("Malformed", { field: fieldOf(name), value, reason, remedy }));
  }
}
