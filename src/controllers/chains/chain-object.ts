import { type ChainConfig, parseChain } from "#src/api/chain/chain-config.ts";
import { type ChainStatus, chainStatusSchema } from "#src/api/chain/chain-schema.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** The part of a NetworkChaining that is kept. */
export interface ChainObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly deleting: boolean;
  readonly resourceVersion: string;
  readonly finalizers: readonly string[];
  /** The reason in words where the object breaks a rule. It was stored before the rule existed. */
  readonly config: ChainConfig | string;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: ChainStatus | undefined;
}

/** The finalizer that Nodus left on its chains. We need none: rows of a chain that is gone are found by their scope. */
const nodusFinalizer = "nfnCleanUpNetworkChain";

/** Keeps only the fields that are read. */
export function projectChain(raw: KubeObject): ChainObject {
  const { metadata } = raw;
  const { name, namespace = "", uid, resourceVersion, finalizers = [], deletionTimestamp, generation } = metadata;
  const { creationTimestamp } = metadata;
  return {
    namespace,
    name,
    uid,
    generation: typeof generation === "number" ? generation : 0,
    createdAt: typeof creationTimestamp === "string" ? creationTimestamp : "",
    deleting: deletionTimestamp !== undefined,
    resourceVersion,
    finalizers,
    config: read({ metadata: { name, namespace, uid }, spec: raw["spec"] }),
    status: chainStatusSchema.safeParse(raw["status"]).data,
  };
}

/** The finalizers that stay when the chain is gone; undefined when it has none of Nodus. */
export function withoutNodus({ finalizers }: ChainObject): readonly string[] | undefined {
  return finalizers.includes(nodusFinalizer) ? finalizers.filter((one) => one !== nodusFinalizer) : undefined;
}

/** Sorts the older chain first: of two chains for the same traffic it wins. */
export function byCreation(a: ChainObject, b: ChainObject): number {
  return `${a.createdAt} ${a.uid}` < `${b.createdAt} ${b.uid}` ? -1 : 1;
}

function read(object: object): ChainConfig | string {
  try {
    return parseChain(object);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.message;
  }
}
