import { type NetworkStatus, networkStatusSchema } from "#src/api/network/network-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** The part of a Network object that is kept: its spec as it was sent, and the fields that the controller needs. */
export interface NetworkObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly deleting: boolean;
  /** The object's metadata, for conditional patches, and its spec. */
  readonly object: KubeObject;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: NetworkStatus | undefined;
}

export const networkFinalizer = "k8s.plugin.opnfv.org/network";

/** Our finalizer, and the one that Nodus left on Networks that it made. */
export const ownFinalizers: ReadonlySet<string> = new Set([networkFinalizer, "nfnCleanUpNetwork"]);

/** Keeps only the fields that are read. */
export function projectNetwork(raw: KubeObject): NetworkObject {
  const { name, namespace = "", uid, resourceVersion, finalizers = [], deletionTimestamp, generation } = raw.metadata;
  return {
    namespace,
    name,
    uid,
    generation: typeof generation === "number" ? generation : 0,
    deleting: deletionTimestamp !== undefined,
    object: { metadata: { name, namespace, uid, resourceVersion, finalizers }, spec: raw["spec"] },
    status: networkStatusSchema.safeParse(raw["status"]).data,
  };
}
