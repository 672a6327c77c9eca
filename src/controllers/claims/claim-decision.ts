import { haveSameIps, printKept } from "#src/api/claim/ipam-claim.ts";
import type { WhenScaled } from "#src/api/request/replica-settings.ts";
import { condition, type UndatedCondition } from "../conditions/conditions.ts";
import type { ClaimObject } from "./claim-object.ts";
import type { ClaimRow } from "./claim-rows.ts";

/** The next step for one claim. */
export type ClaimStep =
  | { readonly do: "nothing" }
  /** Delete the row that keeps the claim. Without an object it waits for the lease, and asks the API server once more. */
  | { readonly do: "free"; readonly row: ClaimRow; readonly isOrphan: boolean }
  /** Let the object go. */
  | { readonly do: "finish" }
  /** Write our finalizer, and what the standard has no field for, so that the object and its addresses end together. */
  | { readonly do: "mark"; readonly kept: string; readonly whenScaled?: WhenScaled | undefined }
  /** Write the status. */
  | { readonly do: "tell"; readonly outcome: ClaimOutcome }
  /** NB lost the row that keeps the claim. */
  | { readonly do: "keep again" };

/** The facts that the status of a claim is to tell. */
export interface ClaimOutcome {
  readonly ips: readonly string[];
  /** The pod that has the addresses; undefined while none has. */
  readonly pod: string | undefined;
  readonly condition: UndatedCondition;
}

const type = "IPsAllocated";

/** Says what a claim needs, from its object and its rows in NB. NB is the truth about addresses: the object tells it to people. */
export function decideClaim(object: ClaimObject | undefined, rows: readonly ClaimRow[]): ClaimStep {
  const kept = rows.find(({ pod }) => pod === undefined);
  const pods = rows.filter(({ pod }) => pod !== undefined);
  if (object === undefined) return kept === undefined ? { do: "nothing" } : { do: "free", row: kept, isOrphan: true };
  const { claim, isFinalized, keptText, whenScaled } = object;
  if (object.deleting) {
    const [user] = pods;
    if (user !== undefined) return isFinalized ? tell(user, waiting(user)) : { do: "nothing" };
    if (kept !== undefined) return { do: "free", row: kept, isOrphan: false };
    return isFinalized ? { do: "finish" } : { do: "nothing" };
  }
  const known = claim.status?.ips ?? [];
  // Nobody was told yet of the first addresses of a claim while their pod is not stored.
  const row = pods.find(({ pod }) => pod?.uid !== "" || !pod.isFirst) ?? kept;
  if (row === undefined) {
    const isLost = rows.length === 0 && claim.kept !== undefined && known.length > 0 && isFinalized;
    return isLost ? { do: "keep again" } : { do: "nothing" };
  }
  // People may write the status until the claim is marked, so that it proves nothing before.
  const isTold = claim.kept !== undefined && known.length > 0;
  if (!isTold && row.forNetwork !== undefined && row.forNetwork !== claim.network) {
    // A pod named the claim before there was one. Its addresses are not those that the claim is for.
    if (row.pod === undefined) return { do: "free", row, isOrphan: false };
    return tell({ ...row, ips: [] }, otherNetwork(row.forNetwork, row.pod.name, claim.network));
  }
  const facts = row.mac === undefined ? undefined : printKept({ network: row.network, mac: row.mac });
  // A claim that somebody else made stays one.
  const wanted = whenScaled === undefined ? undefined : (row.sticky?.whenScaled ?? whenScaled);
  const isSame = known.length === 0 || haveSameIps(known, row.ips);
  // The addresses of a marked claim are withheld and kept again when NB loses them, so that a pod must have got each of them.
  if (isSame && facts !== undefined && (!isFinalized || keptText !== facts || wanted !== whenScaled))
    return { do: "mark", kept: facts, ...(wanted === undefined ? {} : { whenScaled: wanted }) };
  if (row.clash !== undefined) {
    return { do: "tell", outcome: { ips: row.ips, pod: row.pod?.name || undefined, condition: conflict(row.clash) } };
  }
  if (isSame) return tell(row, allocated);
  const why = otherAddresses(object, row);
  return { do: "tell", outcome: { ips: known, pod: row.pod?.name || undefined, condition: conflict(why) } };
}

/** Somebody else has an address of a claim whose row NB lost. */
export function conflict(why: string): UndatedCondition {
  return condition(type, false, "IPAddressConflict", why);
}

function otherNetwork(joined: string, pod: string, asked: string): UndatedCondition {
  const who = pod === "" ? "a pod that is being created" : `pod ${pod}`;
  const why = `${who} has addresses under this name on ${JSON.stringify(joined)}, and spec.network is ${JSON.stringify(asked)}: give the pod another claim`;
  return condition(type, false, "ClaimInvalid", why);
}

function otherAddresses({ namespace, name, claim }: ClaimObject, { ips }: ClaimRow): string {
  const has = ips.join(", ");
  const remove = `kubectl delete ipamclaim ${name} -n ${namespace}`;
  const cure =
    claim.kept === undefined
      ? `write those into status.ips, or make the claim anew without a status: ${remove}`
      : `delete the claim while no pod has it (${remove}), or ask a user with the right to manage ipamclaims to write those into status.ips`;
  return `the status names other addresses than the Northbound database, which has ${has} for the claim: ${cure}`;
}

const allocated = condition(type, true, "SuccessfulAllocation", "IP addresses successfully allocated");

function waiting({ pod }: ClaimRow): UndatedCondition {
  const name = pod === undefined || pod.name === "" ? "a pod that is being created" : `pod ${pod.name}`;
  return condition(type, true, "ClaimInUse", `the claim is deleted when ${name} has ended`);
}

function tell(row: ClaimRow, said: UndatedCondition): ClaimStep {
  return { do: "tell", outcome: { ips: row.ips, pod: row.pod?.name || undefined, condition: said } };
}
