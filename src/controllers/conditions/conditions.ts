// The conditions in the status of our objects: their times, and what about them is news for users.
import type * as z from "zod";
import type { conditionSchemaOf } from "#src/api/crd/condition.ts";

export type StatusCondition = z.output<ReturnType<typeof conditionSchemaOf>>;

/** A condition without its times. */
export type UndatedCondition = Omit<StatusCondition, "lastTransitionTime" | "observedGeneration">;

interface Conditioned {
  readonly conditions?: readonly StatusCondition[] | undefined;
}

const maxNamed = 5;

export function condition(type: string, holds: boolean, reason: string, message: string): UndatedCondition {
  return { type, status: holds ? "True" : "False", reason, message };
}

/** The condition Ready of a status; undefined while nobody has written it. */
export function readyCondition(status: Conditioned | undefined): StatusCondition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** Dates a condition. A time changes only together with the status that it belongs to, so that equal facts are equal. */
export function datedCondition(
  one: UndatedCondition,
  generation: number,
  before: Conditioned | undefined,
  now: string,
): StatusCondition {
  const last = before?.conditions?.find(({ type }) => type === one.type);
  const lastTransitionTime = last?.status === one.status ? last.lastTransitionTime : now;
  return { ...one, lastTransitionTime, observedGeneration: generation };
}

/** True when a stored status says the same. Fields that came in another order are equal, because both get that of the schema. */
export function isSameStatus(schema: z.ZodType, status: object, before: object | undefined): boolean {
  return before !== undefined && JSON.stringify(schema.parse(status)) === JSON.stringify(schema.parse(before));
}

/**
 * The conditions that say something new, of which users are told by an Event. A condition that is seen first is news when
 * it is Ready, or bad: when `isBad` says so.
 */
export function newsIn(
  status: Conditioned,
  before: Conditioned | undefined,
  isBad: (one: StatusCondition) => boolean = ({ status: holds }) => holds === "False",
): readonly StatusCondition[] {
  return (status.conditions ?? []).filter((one) => {
    const was = before?.conditions?.find(({ type }) => type === one.type);
    return was === undefined ? one.type === "Ready" || isBad(one) : was.reason !== one.reason;
  });
}

/** Names the first ones, and says how many more there are. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}
