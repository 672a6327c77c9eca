import * as z from "zod";
import type { MalformedField } from "../crd/malformed-field.ts";
import { type LabelSelector, selectorSchemaFor } from "./network-fields.ts";

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

const choosersSchema = z.object({ names: z.array(z.string()), selector: selectorSchemaFor("namespace").optional() });

/** True when a pool with this text on its switch lets such a namespace choose it. A text that cannot be read admits nobody. */
export function admitsChooser(text: string, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  const { names = [], selector } = choosersSchema.safeParse(parseJson(text)).data ?? {};
  return names.includes(namespace) || (selector !== undefined && matchesSelector(selector, labels));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when the labels are among those of an object, as selectors of Services have them. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** True when all requirements hold (metav1.LabelSelector); a selector without requirements matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions = [] } = selector;
  if (!hasLabels(labels, matchLabels)) return false;
  if (matchExpressions.length === 0) return true;
  const own = new Map(Object.entries(labels));
  return matchExpressions.every((one) => holds(one, own.get(one.key)));
}

/**
 * Writes a selector as `kubectl --selector` and the query `labelSelector` of the API server read it: the empty text selects
 * everything.
 */
export function printSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...equal, ...others].join(",");
}

/** True for a selector without requirements, which its author may not have meant. */
export function selectsEverything(selector: LabelSelector): boolean {
  return printSelector(selector) === "";
}

/** A part of a selector that the API server would refuse, with its field below the selector. */
export interface SelectorProblem {
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
}

const namePattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const domainPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const maxDomain = 253;

const labelText = "at most 63 letters, digits, dashes, underscores and dots, the first and last a letter or digit";
const noKey = `is no key of a label: ${labelText}, after a domain and a slash when it has one`;
const noValue = `is no value of a label: nothing, or ${labelText}`;

/** Finds the first key or value that no label can have, or an `In` or `NotIn` without values. */
export function findSelectorProblem(selector: LabelSelector): SelectorProblem | undefined {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!isLabelKey(key)) return { field: "matchLabels", value: key, reason: noKey };
    if (!isLabelValue(value)) return { field: `matchLabels[${key}]`, value, reason: noValue };
  }
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const field = `matchExpressions[${index}]`;
    if (!isLabelKey(key)) return { field: `${field}.key`, value: key, reason: noKey };
    const isSet = operator === "In" || operator === "NotIn";
    if (isSet && values.length === 0) {
      return { field: `${field}.values`, value: undefined, reason: `is missing, and ${operator} compares with values` };
    }
    const wrong = values.findIndex((value) => !isLabelValue(value));
    if (wrong >= 0) return { field: `${field}.values[${wrong}]`, value: values[wrong], reason: noValue };
  }
  return undefined;
}

/** Gives the selector of an object's field. Throws the kind's refusal of a part that the API server would refuse. */
export function checkedSelector(selector: LabelSelector, field: string, malformed: MalformedField): LabelSelector {
  const problem = findSelectorProblem(selector);
  if (problem !== undefined) throw malformed(`${field}.${problem.field}`, problem.value, problem.reason);
  return selector;
}

function isLabelKey(key: string): boolean {
  const slash = key.lastIndexOf("/");
  const domain = key.slice(0, Math.max(slash, 0));
  return (
    namePattern.test(key.slice(slash + 1)) && (slash < 0 || (domain.length <= maxDomain && domainPattern.test(domain)))
  );
}

function isLabelValue(value: string): boolean {
  return value === "" || namePattern.test(value);
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
