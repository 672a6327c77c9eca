import * as z from "zod";
import { firstIssue } from "./first-issue.ts";
import type { MalformedField } from "./malformed-field.ts";

/** The metadata of a namespaced object, of which a dry run has not yet the UID. */
export const namespacedMetadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  uid: z.string().default(""),
});

/** Reads an object of a kind by its schema. Throws the kind's refusal of the first field that is wrong. */
export function parseObject<T>(schema: z.ZodType<T>, object: unknown, malformed: MalformedField): T {
  const parsed = schema.safeParse(object);
  if (parsed.success) return parsed.data;
  const { field, reason } = firstIssue(parsed.error);
  throw malformed(field, undefined, reason);
}
