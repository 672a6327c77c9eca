import * as z from "zod";
import { claimFinalizer, keptAnnotation, whenScaledAnnotation } from "#src/api/claim/claim-keys.ts";
import { type IpamClaim, readIpamClaim } from "#src/api/claim/ipam-claim.ts";
import type { WhenScaled } from "#src/api/request/replica-settings.ts";
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
  /** Undefined for a claim that was not made for a replica of a StatefulSet. */
  readonly whenScaled: WhenScaled | undefined;
  /** Its owners as they stand there: people may add some beside the set. */
  readonly owners: readonly ClaimOwner[];
  /** True when the object waits with its deletion for us. */
  readonly isFinalized: boolean;
}

const owners = z.array(z.looseObject({ kind: z.string(), uid: z.string() }));
export type ClaimOwner = z.output<typeof owners>[number];

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
    whenScaled: whenScaledOf(annotations[whenScaledAnnotation]),
    owners: owners.safeParse(raw.metadata["ownerReferences"]).data ?? [],
    isFinalized: finalizers.includes(claimFinalizer),
  };
}

function whenScaledOf(text: string | undefined): WhenScaled | undefined {
  return text === "Retain" || text === "Delete" ? text : undefined;
}
