import type { IpamClaimStatus } from "#src/api/claim/ipam-claim.ts";
import { datedCondition } from "../conditions/conditions.ts";
import type { ClaimOutcome } from "./claim-decision.ts";
import type { ClaimObject } from "./claim-object.ts";

/** Makes the status to write. Conditions of others stay. Undefined when the object says that already. */
export function claimStatus(
  { claim: { status: before }, generation }: Pick<ClaimObject, "claim" | "generation">,
  { ips, pod, condition: said }: ClaimOutcome,
  now: string,
): IpamClaimStatus | undefined {
  const known = before?.conditions ?? [];
  const status: IpamClaimStatus = {
    // They never change once they are there.
    ips: before !== undefined && before.ips.length > 0 ? before.ips : [...ips],
    ownerPod: pod === undefined ? null : { name: pod },
    conditions: [
      ...known.filter((one) => one.type !== said.type),
      datedCondition(said, generation, datable(before), now),
    ],
  };
  return printed(status) === printed({ ips: [], ...before }) ? undefined : status;
}

function datable(before: IpamClaimStatus | undefined) {
  const conditions = (before?.conditions ?? []).flatMap(({ status, observedGeneration = 0, ...rest }) =>
    status === "Unknown" ? [] : [{ ...rest, status, observedGeneration }],
  );
  return { conditions };
}

/** Equal facts give equal texts, in whatever order somebody wrote the fields. */
function printed({ ips, ownerPod, conditions = [] }: IpamClaimStatus): string {
  const told = conditions.map(({ type, status, reason, message, lastTransitionTime, observedGeneration }) => {
    return [type, status, reason, message, lastTransitionTime, observedGeneration];
  });
  return JSON.stringify([ips, ownerPod?.name, told]);
}
