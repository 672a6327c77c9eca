import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { OddClaim } from "./stuck-facts.ts";

/** A claim that nobody uses goes within seconds. */
const usualDeletionMs = 10_000;

const cures: Readonly<Record<string, string>> = {
  IPAddressConflict:
    "free the address where somebody else has it: `ovn4nfv addresses` names the holder; or delete the claim to get another one",
  ClaimInvalid: "give the pod another claim, or make the claim for what the pod has joined",
};

/** Finds the claims whose addresses are not theirs alone, and those that wait with their deletion. `nowMs` is the time of the API server. */
export function oddClaims(objects: readonly KubeObject[], nowMs: number): readonly OddClaim[] {
  return objects.flatMap((object): readonly OddClaim[] => {
    const { namespace, name, claim, deleting, isFinalized } = projectClaimObject(object);
    const told = claim.status?.conditions?.find(({ type }) => type === "IPsAllocated");
    if (deleting) {
      const sinceMs = nowMs - Date.parse(object.metadata.deletionTimestamp ?? "");
      if (!isFinalized || !(sinceMs >= usualDeletionMs)) return [];
      const why = told?.reason === "ClaimInUse" ? told.message : "its addresses are not free yet";
      const says = `was deleted ${Math.round(sinceMs / 1_000).toString()} s ago and is still there: ${why}`;
      return [
        { namespace, name, why: says, cure: "delete the pod that uses it; or look at the log of the controller" },
      ];
    }
    if (told?.status === "False") {
      return [{ namespace, name, why: told.message, cure: cures[told.reason] ?? "see `ovn4nfv claims`" }];
    }
    return [];
  });
}
