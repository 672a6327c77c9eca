import { claimFinalizer, keptAnnotation } from "#src/api/claim/claim-keys.ts";
import { type IpamClaim, readIpamClaim } from "#src/api/claim/ipam-claim.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";

/** The part of an IPAMClaim that is kept. */
export interface ClaimObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  /** The object's metadata, for conditional patches. */
  readonly object: KubeObject;
  readonly claim: IpamClaim;
  readonly keptText: string | undefined;
  /** True when the object waits with its deletion for us. */
  readonly isFinalized: boolean;
}

/** Keeps only the fields that are read. */
export function projectClaimObject(raw: KubeObject): ClaimObject {
  const { name, namespace = "", uid, resourceVersion, finalizers = [], annotations = {} } = raw.metadata;
  const keptText = annotations[keptAnnotation];
  return {
    ...objectLife(raw),
    namespace,
    name,
    object: { metadata: { name, namespace, uid, resourceVersion, finalizers } },
    claim: readIpamClaim({ spec: raw["spec"], status: raw["status"] }, keptText),
    keptText,
    isFinalized: finalizers.includes(claimFinalizer),
  };
}
