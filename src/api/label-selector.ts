import { type LabelSelector, selectorSchema } from "./network-schema.ts";
import { z } from "zod";

const admittedSchema = z.object({ names: z.array(z.string()), selector: selectorSchema });

/** Whom a Network with a selector admits, as its switch carries it; what cannot be read admits nobody. */
export function admitsNamespace(text: string, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  const parsed = admittedSchema.safeParse(parseJson(text)).data;
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
