import type { StatusCondition } from "#src/controllers/conditions/conditions.ts";

/** The condition Ready in a word: `True`, or the reason why it does not hold; `Unknown` while nobody has written it. */
export function readyWord(ready: Pick<StatusCondition, "status" | "reason"> | undefined): string {
  if (ready === undefined) return "Unknown";
  return ready.status === "True" ? "True" : ready.reason;
}
