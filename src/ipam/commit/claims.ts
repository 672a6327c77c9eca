// The claims of ports on their way to NB.
import type { AppError } from "#src/core/errors.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { NewPortClaim } from "#src/ovn/ports/port-operations.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { PlannedPort } from "../allocation.ts";

/** Gives the claim as it is written with the port, in the place of the row that keeps it. */
export function newPortClaim({ claim: planned, request }: PlannedPort): { readonly claim?: NewPortClaim } {
  if (planned === undefined) return {};
  const { claim, kept, isFresh, isTaken, beside } = planned;
  const { network, machine, sticky } = request.claim ?? {};
  return { claim: { name: claim.name, isFresh, network, kept, isTaken, machine: machine?.uid, beside, sticky } };
}

/**
 * True when another row has the claim: a pod of another replica took it at the same time, or a row came that keeps it. A port that waits
 * stands beside one other row: that of the pod from which the machine migrates, or the one that keeps what that pod had.
 */
export function isClaimShared({ claim }: PlannedPort, index: AddressIndex): boolean {
  return claim !== undefined && index.claims.of(claim.claim).size > (claim.beside === undefined ? 1 : 2);
}

/**
 * True when a row is gone that was read and whose place a port was to take, or beside which it was to wait: somebody else took it, or the
 * other pod ended. The next plan sees who has what.
 */
export function isOvertaken(ports: readonly PlannedPort[], error: AppError | undefined): boolean {
  return (
    isFailedWait(error) && ports.some(({ claim, replaces }) => (replaces ?? claim?.kept ?? claim?.beside) !== undefined)
  );
}
