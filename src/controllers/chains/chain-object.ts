import { type ChainConfig, parseChain } from "#src/api/chain/chain-config.ts";
import { type ChainStatus, chainStatusSchema } from "#src/api/chain/chain-schema.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";

/** The part of a NetworkChaining that is kept. */
export interface ChainObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly finalizers: readonly string[];
  /** The reason in words where the object breaks a rule. It was stored before the rule existed. */
  readonly config: ChainConfig | string;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: ChainStatus | undefined;
}

/** The finalizer that Nodus left on its chains. We need none: rows of a chain that is gone are found by their scope. */
export const nodusChainFinalizer = "nfnCleanUpNetworkChain";

/** Keeps only the fields that are read. */
export function projectChain(raw: KubeObject): ChainObject {
  const { name, namespace = "", uid, resourceVersion, finalizers = [] } = raw.metadata;
  return {
    ...objectLife(raw),
    namespace,
    name,
    resourceVersion,
    finalizers,
    config: readOrSay(() => parseChain({ metadata: { name, namespace, uid }, spec: raw["spec"] })),
    status: chainStatusSchema.safeParse(raw["status"]).data,
  };
}

/** The finalizers that stay when the chain is gone; undefined when it has none of Nodus. */
export function withoutNodus({ finalizers }: ChainObject): readonly string[] | undefined {
  return finalizers.includes(nodusChainFinalizer) ? finalizers.filter((one) => one !== nodusChainFinalizer) : undefined;
}
