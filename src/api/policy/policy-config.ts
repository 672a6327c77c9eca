import * as z from "zod";
import { type AppError, isRefusal, refusal } from "#src/core/errors.ts";
import { firstIssue } from "../crd/first-issue.ts";
import { findSelectorProblem } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import { parseRules } from "./policy-rules.ts";
import { policyScopeSchema, type PolicySpec, policySpecSchema } from "./policy-schema.ts";
import type { Direction, PolicyRule } from "./policy-rules.ts";

/** A network as a policy names it: a definition of Multus, or a Network. */
export interface PolicyTarget {
  readonly namespace: string;
  readonly name: string;
}

/** A MultiNetworkPolicy as a plain value. */
export interface PolicyConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** There are none without the annotation `policy-for`: such a policy applies to nothing. */
  readonly targets: readonly PolicyTarget[];
  /** Selects pods of the policy's own namespace. */
  readonly pods: LabelSelector;
  /** The directions in which the selected pods get or send only what a rule allows. */
  readonly isolates: readonly Direction[];
  /** The rules of these directions. There are none where one of them, or a network, is wrong: then nothing is allowed. */
  readonly rules: readonly PolicyRule[];
  /** Says what is wrong with the rules, or with some of the networks, and what to write. */
  readonly fault: AppError | undefined;
}

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  uid: z.string().default(""),
  annotations: z.record(z.string(), z.string()).nullish(),
});
const scopeSchema = z.object({ metadata: metadataSchema, spec: policyScopeSchema });

/** The annotation of the Network Plumbing Working Group that names the networks of a policy. */
export const policyForKey = "k8s.v1.cni.cncf.io/policy-for";
const maxTargets = 32;
/** So many networks are isolated where a policy names too many. */
const maxKept = 1_024;

/**
 * Reads a policy. A rule that is wrong, or one of several networks, is no reason to leave the pods open that the policy selects:
 * they are isolated, and `fault` tells. Throws `Malformed` when even the selector, or every network, cannot be read.
 */
export function parsePolicy(object: unknown): PolicyConfig {
  const scope = scopeSchema.safeParse(object);
  if (!scope.success) throw unreadable(scope.error);
  const { metadata, spec } = scope.data;
  const { namespace, name, uid } = metadata;
  const wrong = findSelectorProblem(spec.podSelector);
  if (wrong !== undefined) {
    throw malformed(`spec.podSelector.${wrong.field}`, wrong.value, wrong.reason, "write labels as pods have them");
  }
  const { targets, fault } = parseTargets(metadata.annotations?.[policyForKey] ?? "", namespace);
  const own = { namespace, name, uid, targets, pods: spec.podSelector };
  const full = policySpecSchema.safeParse((object as { readonly spec: unknown }).spec);
  const isolates = isolatesOf(spec);
  if (!full.success) return { ...own, isolates, rules: [], fault: unreadable(full.error, "spec") };
  if (fault !== undefined) return { ...own, isolates, rules: [], fault };
  return { ...own, isolates, ...rulesOf(full.data, isolates, own) };
}

function rulesOf(
  spec: PolicySpec,
  isolates: readonly Direction[],
  { namespace, targets }: Pick<PolicyConfig, "namespace" | "targets">,
) {
  try {
    return { rules: parseRules(spec, isolates, namespace, targets.length), fault: undefined };
  } catch (error) {
    if (isRefusal(error)) return { rules: [], fault: error };
    throw error;
  }
}

/**
 * Without `policyTypes` a policy is about Ingress, and about Egress when it has rules for that. A type that nobody knows could
 * mean either.
 */
function isolatesOf({ policyTypes, egress }: { readonly policyTypes?: unknown; readonly egress?: unknown }) {
  const types: readonly unknown[] = Array.isArray(policyTypes) ? policyTypes : [policyTypes ?? []].flat();
  const hasEgress = Array.isArray(egress) && egress.length > 0;
  const isUnknown = types.some((type) => type !== "Ingress" && type !== "Egress");
  const isWanted = (type: string, byDefault: boolean) =>
    isUnknown || (types.length === 0 ? byDefault : types.includes(type));
  const directions: Direction[] = [];
  if (isWanted("Ingress", true)) directions.push("ingress");
  if (isWanted("Egress", hasEgress)) directions.push("egress");
  return directions;
}

/** Gives the networks that can be read. Throws when none of those that are named can be. */
function parseTargets(text: string, namespace: string): Pick<PolicyConfig, "targets" | "fault"> {
  const field = `metadata.annotations[${policyForKey}]`;
  const targets = new Map<string, PolicyTarget>();
  let fault: AppError | undefined;
  for (const one of text.split(",").map((part) => part.trim())) {
    if (one === "") continue;
    const parts = one.split("/").map((part) => part.trim());
    if (parts.length > 2 || parts.includes("")) {
      fault ??= malformed(field, one, "is no name of a network", "write NAMESPACE/NAME, or NAME, with commas between");
      continue;
    }
    const [first = "", second] = parts;
    const target = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
    targets.set(`${target.namespace}/${target.name}`, target);
    if (targets.size >= maxKept) break;
  }
  if (fault !== undefined && targets.size === 0) throw fault;
  if (targets.size > maxTargets) {
    fault ??= malformed(field, undefined, `names more than ${maxTargets} networks`, "make several policies");
  }
  return { targets: [...targets.values()], fault };
}

function unreadable(error: z.ZodError, at?: string): AppError {
  const { field, reason } = firstIssue(error);
  const where = [at, field].filter((part) => part !== undefined && part !== "").join(".");
  return malformed(where, undefined, reason, "`kubectl explain multi-networkpolicy.spec` tells more");
}

function malformed(field: string, value: unknown, reason: string, remedy: string): AppError {
  return refusal("Malformed", { field, value, reason, remedy });
}
