// The objects of which network policies are made, as far as policies look at them.
import * as z from "zod";
import { type PolicyConfig, parsePolicy } from "#src/api/policy/policy-config.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";
import { projectDefinition } from "#src/pods/stored/stored-definitions.ts";

/** The part of a MultiNetworkPolicy that is kept. */
export interface PolicyObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  readonly apiVersion: string;
  /** The reason in words where even its scope cannot be read. */
  readonly config: PolicyConfig | string;
}

export function projectPolicy(raw: KubeObject): PolicyObject {
  const { name, namespace = "", uid, annotations } = raw.metadata;
  const metadata = { name, namespace, uid, annotations };
  return {
    ...objectLife(raw),
    namespace,
    name,
    apiVersion: raw.apiVersion ?? "",
    config: readOrSay(() => parsePolicy({ metadata, spec: raw["spec"] })),
  };
}

export interface PolicyNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function projectPolicyNamespace({ metadata }: KubeObject): PolicyNamespace {
  return { name: metadata.name, labels: metadata.labels ?? {} };
}

/** A definition of Multus; `own` is absent for one that is not ours. */
export interface PolicyDefinition {
  readonly own: { readonly network: string | undefined } | undefined;
}

export function projectPolicyDefinition(raw: KubeObject): PolicyDefinition {
  return { own: projectDefinition(raw).own };
}

const versionsSchema = z.object({
  versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
});

/** The newest version that the cluster serves and that we read. A newer one than v1beta1 has `endPort`, which an older one hides. */
export function servedVersion(definition: KubeObject | undefined): "v1beta2" | "v1beta1" | undefined {
  const served = versionsSchema.safeParse(definition?.["spec"]).data?.versions.filter((one) => one.served) ?? [];
  return (["v1beta2", "v1beta1"] as const).find((name) => served.some((one) => one.name === name));
}
