import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { withhold } from "#src/ipam/commit/planned-group.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import type { PodDecisionOptions } from "#src/pods/allocate-for-pod.ts";

/**
 * Makes an allocator that plans as the webhook's does and writes nothing. It withholds what it has planned, so that pods of
 * one run which ask for the same address, or for more than there is, are refused as they would be one after the other.
 */
export function dryRunAllocator(
  index: AddressIndex,
  clock: Clock,
  anySwitch: boolean,
): PodDecisionOptions["allocator"] {
  const never = () => Promise.reject(new AppError("Internal", "a dry run neither allocates nor rolls back"));
  return {
    index,
    plan: (request) =>
      Promise.try(() => {
        const ports = planPorts(request, { index, nowMs: clock.monotonicMs(), anySwitch });
        withhold(ports, request.namespace, index);
        return ports;
      }),
    allocate: never,
    rollBack: never,
  };
}
