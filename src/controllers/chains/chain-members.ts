// The objects of which chains are made, as far as chains look at them: networks of both kinds, and pods of functions.
import { z } from "zod";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** A Network or ProviderNetwork as a chain may name it. */
export interface MemberNetwork {
  readonly kind: "Network" | "ProviderNetwork";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False for a network that never has a port on the router: isolated or adopted, without addresses, or one that breaks a rule. */
  readonly routed: boolean;
  readonly allowChains: readonly string[];
}

/** Keeps only the fields that are read. */
export function projectMemberNetwork(raw: KubeObject): MemberNetwork {
  const { name, namespace = "", uid, labels = {} } = raw.metadata;
  const config = readOrSay(() => parseNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const { routed, allowChains } = typeof config === "string" ? { routed: false, allowChains: [] } : config;
  return { kind: "Network", namespace, name, uid, labels, routed, allowChains };
}

/** Keeps only the fields that are read. One that is being deleted is no member any more. */
export function projectMemberProvider(raw: KubeObject): MemberNetwork {
  const { name, namespace = "", uid, labels = {}, deletionTimestamp } = raw.metadata;
  const config = readOrSay(() => parseProviderNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const isUsable = typeof config !== "string" && deletionTimestamp === undefined;
  const routed = isUsable && config.subnets.length > 0;
  return {
    kind: "ProviderNetwork",
    namespace,
    name,
    uid,
    labels,
    routed,
    allowChains: isUsable ? config.allowChains : [],
  };
}

/** A pod that may be a replica of a function. */
export interface FunctionPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** True while the pod is to get traffic, as for a Service. */
  readonly ready: boolean;
}

const statusSchema = z.looseObject({
  conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
});

/** Keeps only the fields that are read. */
export function projectFunctionPod(raw: KubeObject): FunctionPod {
  const { name, namespace = "", uid, labels = {}, deletionTimestamp } = raw.metadata;
  const conditions = statusSchema.safeParse(raw["status"]).data?.conditions ?? [];
  const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
  return { namespace, name, uid, labels, ready: isReady && deletionTimestamp === undefined };
}

/** True when the pod has all labels of the function. */
export function isSelected({ labels }: FunctionPod, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
