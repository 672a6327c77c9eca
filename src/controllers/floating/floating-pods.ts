// The pods to which a FloatingIP may lead, and their ports as NB has them.
import { z } from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** A pod with an allocation, as far as a FloatingIP looks at it. */
export interface FloatingPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The allocation that its label names. It counts only where ports of it are bound to this pod. */
  readonly allocation: string;
  readonly ready: boolean;
  /** True for a pod that is being deleted. */
  readonly going: boolean;
  /** True for a pod that will not run again. */
  readonly finished: boolean;
}

const statusSchema = z.looseObject({
  phase: z.string().nullish(),
  conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
});

/** Keeps only the fields that are read. */
export function projectFloatingPod(raw: KubeObject): FloatingPod {
  const { name, namespace = "", uid, labels = {}, deletionTimestamp } = raw.metadata;
  const { phase, conditions } = statusSchema.safeParse(raw["status"]).data ?? {};
  return {
    namespace,
    name,
    uid,
    labels,
    allocation: labels[annotationKeys.allocation.key] ?? "",
    ready: (conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
    going: deletionTimestamp !== undefined,
    finished: phase === "Succeeded" || phase === "Failed",
  };
}

/** The places at which a pod is found: its namespace, and each of its labels there. */
export function placesOfPod({ namespace, labels }: FloatingPod): readonly string[] {
  return [namespace, ...Object.entries(labels).map(([key, value]) => placeOf(namespace, key, value))];
}

/** The place at which all pods are found that a selector selects, with as few others as can be told. */
export function placeOfSelector(namespace: string, { matchLabels = {} }: LabelSelector): string {
  const [first] = Object.entries(matchLabels);
  return first === undefined ? namespace : placeOf(namespace, ...first);
}

/** Neither a namespace nor a key has a blank. */
function placeOf(namespace: string, key: string, value: string): string {
  return `${namespace} ${key}=${value}`;
}
