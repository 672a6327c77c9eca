import type { CallOptions } from "#src/core/deadline.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { refusalsIn } from "#src/core/refusals.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { PodDecision } from "./pod-decision.ts";

/** Refusals for which rows of NB are the reason. */
const byRows: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "UnknownNetwork",
  "UnknownPool",
  "NotAllowed",
  "AddressOutOfRange",
  "AddressReserved",
  "AddressInUse",
  "MacInUse",
  "PoolExhausted",
  "FloatingUnavailable",
  "ClaimInUse",
  "ClaimInvalid",
]);

/**
 * Decides once more about a pod that was refused for what NB held, when NB has changed since. A replica is behind for a moment, and
 * who has made a network or removed a pod may ask within that moment.
 */
export function withCaughtUpRefusals<Pod>(
  decide: (pod: Pod, call: Required<CallOptions>) => Promise<PodDecision>,
  northbound: Pick<NbAllocator, "revision" | "catchUp">,
): (pod: Pod, call: Required<CallOptions>) => Promise<PodDecision> {
  return async (pod, call) => {
    const { revision } = northbound;
    const decision = await decide(pod, call);
    if (decision.kind !== "refused" || !refusalsIn(decision.error).some(({ code }) => byRows.has(code)))
      return decision;
    await northbound.catchUp();
    return northbound.revision === revision ? decision : decide(pod, call);
  };
}
