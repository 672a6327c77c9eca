import * as z from "zod";
import { annotationKeys } from "../annotation-keys.ts";

const statusSchema = z.array(z.object({ interface: z.string().optional() }));

/**
 * The names of the interfaces that Multus says the pod has, by the annotation that it writes. Whoever can edit the pod can
 * forge it. A text that nobody can read names none.
 */
export function attachedInterfaces(annotations: Readonly<Record<string, string>>): ReadonlySet<string> {
  const parsed = statusSchema.safeParse(readStatus(annotations[annotationKeys.multusStatus.key] ?? "[]"));
  return new Set((parsed.data ?? []).flatMap(({ interface: name }) => name ?? []));
}

function readStatus(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
