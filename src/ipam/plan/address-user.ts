// Says who uses an address, to the one who asks for it.
import { claimOf, type ClaimName } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { AddressIndex } from "../index/address-index.ts";

/** One who has an address that a pod asks for. */
export interface AddressUser {
  /** The part that anybody may read: ` by pod "a"`, or nothing. */
  readonly shown: string;
  /** Only for the log and the audit annotation. */
  readonly holder?: string;
}

export const bySiblingInterface: AddressUser = { shown: " by another interface of this pod" };
export const byAnotherPod: AddressUser = { shown: " by another pod that is being created" };

/** A pod is named to the user when it is in the same namespace, and a port when it is no pod's of ours. */
export function describePort(uuid: string, namespace: string, index: AddressIndex): AddressUser {
  const row = index.port(uuid);
  if (row === undefined) return { shown: "" };
  const owner = portOwner(row.external_ids);
  const claim = claimOf(row.external_ids);
  if (owner === undefined && claim !== undefined) return describeClaim(claim, namespace);
  if (owner === undefined) return { shown: ` by the port ${JSON.stringify(row.name)}`, holder: `port ${row.name}` };
  return describePod(owner, namespace);
}

/** A claim without a pod is named to the user when it is in the same namespace. */
function describeClaim(claim: ClaimName, namespace: string): AddressUser {
  const holder = `IPAMClaim ${claim.namespace}/${claim.name}`;
  return {
    shown: claim.namespace === namespace ? ` by the ${holder}` : " by an IPAMClaim of another namespace",
    holder,
  };
}

/** A pod without a name is not stored yet. */
export function describePod(of: { readonly namespace: string; readonly pod: string }, namespace: string): AddressUser {
  if (of.pod === "") return { ...byAnotherPod, holder: `a reservation of namespace ${of.namespace}` };
  const pod = `pod ${of.namespace}/${of.pod}`;
  return { shown: of.namespace === namespace ? ` by ${pod}` : " by a pod of another namespace", holder: pod };
}
