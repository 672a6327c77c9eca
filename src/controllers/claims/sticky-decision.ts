import { replicaOfClaimName } from "#src/api/claim/replica-claim-name.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { StickyMark } from "#src/ovn/claims/sticky-mark.ts";
import type { ClaimObject } from "./claim-object.ts";
import type { ClaimRow } from "./claim-rows.ts";
import { type StoredSet, wantsReplica } from "./stateful-sets.ts";

/** The next step for a claim that was made for a replica of a StatefulSet. */
export type StickyStep =
  /** Give the claim to the set that has its name now: the one before was deleted and left its pods. */
  | { readonly do: "own"; readonly set: StoredSet }
  /** The set no longer has the replica, and the claim goes with it. */
  | { readonly do: "scale"; readonly set: StoredSet };

/** The mark of the row for which a claim is to be made. Nobody was told yet of addresses of a pod that is not stored. */
export function markToMake(rows: readonly ClaimRow[]): StickyMark | undefined {
  return rows.find(({ pod, sticky }) => sticky !== undefined && pod?.uid !== "")?.sticky;
}

/** Says what a claim of a replica needs besides what every claim needs. `set` is the one with the name in the claim's. */
export function decideSticky(
  object: ClaimObject,
  rows: readonly ClaimRow[],
  set: StoredSet | undefined,
): StickyStep | undefined {
  const { name, whenScaled, owners, deleting, claim } = object;
  const replica = replicaOfClaimName(name);
  if (whenScaled === undefined || replica === undefined || set === undefined || deleting) return undefined;
  const ownerUid = owners.find(({ kind }) => kind === resources.statefulSets.kind)?.uid;
  if (ownerUid === undefined) return wantsReplica(set, replica.ordinal) ? { do: "own", set } : undefined;
  if (whenScaled !== "Delete" || ownerUid !== set.uid || set.isDeleting || wantsReplica(set, replica.ordinal))
    return undefined;
  // NB lost the row of a claim with addresses. It comes back first, because a pod may still run with them.
  const isLost = rows.length === 0 && (claim.status?.ips.length ?? 0) > 0;
  return isLost || rows.some(({ pod }) => pod !== undefined) ? undefined : { do: "scale", set };
}
