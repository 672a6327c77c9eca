import type * as z from "zod";

/** Gives the place and the words of the first fault that a schema found. */
export function firstIssue({ issues: [issue] }: z.ZodError) {
  const path = issue?.path ?? [];
  return { path, field: path.map(String).join("."), reason: issue?.message ?? "is wrong" };
}
