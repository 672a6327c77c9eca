import { type LabelSelector, selectorSchemaFor } from "./network-fields.ts";
import { z } from "zod";

const admittedSchema = z.object({ names: z.array(z.string()), selector: selectorSchemaFor("namespace") });

export type AdmittedBy = z.output<typeof admittedSchema>;

/**
 * Reads which namespaces a Network with a selector admits, from the text on its switch. Undefined when it cannot be
 * read: then it admits nobody.
 */
export function readAdmitted(text: string): AdmittedBy | undefined {
  return admittedSchema.safeParse(parseJson(text)).data;
}

/** True when a Network with such a selector admits a namespace with these labels. */
export function admitsNamespace(text: string, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  const parsed = readAdmitted(text);
  if (parsed === undefined) return false;
  return parsed.names.includes(namespace) || matchesSelector(parsed.selector, labels);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when all requirements hold (metav1.LabelSelector); a selector without requirements matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const own = new Map(Object.entries(labels));
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => own.get(key) === value);
  return equal && (selector.matchExpressions ?? []).every((one) => holds(one, own.get(one.key)));
}

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
