import type { AllocationTimings } from "#src/controllers/allocations/allocation-controller.ts";
import { AppError } from "#src/core/errors.ts";
import type { CommandConfig } from "./flags.ts";

type TimingConfig = Pick<CommandConfig<"check">, "reservationLeaseMs" | "forceBoundMs" | "settleMs" | "unsafeTimings"> &
  Pick<CommandConfig<"controller">, "resyncMs" | "fenceExpiryMs">;

/** A create may take 34 s after its reservation. The remaining time is for clocks that differ and watches that lag. */
const leastLeaseMs = 60_000;
/** A replica renews its key at least each minute. */
const leastFenceExpiryMs = 180_000;
/** A create that was answered may take 34 s until it is stored. */
const leastQuietMs = 40_000;

/** The time limits of the flags. Throws `ConfigInvalid` for limits that only tests may set. */
export function allocationTimings(config: TimingConfig): AllocationTimings {
  const { reservationLeaseMs: leaseMs, forceBoundMs, settleMs, resyncMs, fenceExpiryMs, unsafeTimings } = config;
  if (!unsafeTimings) {
    refuseBelow("reservation-lease", leaseMs, leastLeaseMs);
    refuseBelow("fence-expiry", fenceExpiryMs, leastFenceExpiryMs);
  }
  return { leaseMs, forceBoundMs, settleMs, resyncMs, fenceExpiryMs };
}

/** The time in which creates in flight end. Throws `ConfigInvalid` for a time that only tests may set. */
export function restoreQuietTime(config: Pick<CommandConfig<"restore">, "restoreQuietMs" | "unsafeTimings">): number {
  if (!config.unsafeTimings) refuseBelow("restore-quiet-time", config.restoreQuietMs, leastQuietMs);
  return config.restoreQuietMs;
}

function refuseBelow(flag: string, valueMs: number, leastMs: number): void {
  if (valueMs >= leastMs) return;
  const message = `--${flag}: ${(valueMs / 1000).toString()}s is less than ${(leastMs / 1000).toString()}s; --unsafe-timings allows it, for tests`;
  throw new AppError("ConfigInvalid", message);
}
