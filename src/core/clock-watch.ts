// Tells people when the wall clock of a process was stepped. No decision of ours depends on that clock, but certificates,
// Leases, Events and logs carry its times.
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

const lookEveryMs = 10_000;
/** Services that keep the time change it more slowly than this, or they step it. */
const stepMs = 2_000;

interface ClockWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Compares the wall clock with the monotonic clock every ten seconds, until the signal aborts. */
export function watchClock({ clock, logger, metrics }: ClockWatchParts, signal: AbortSignal): void {
  const difference = (): number => clock.now() - clock.monotonicMs();
  let before = difference();
  // Prometheus sees an increase only of a counter that it has seen before.
  metrics.count("ovn4nfv_clock_steps_total", {}, 0);
  const look = (): void => {
    if (signal.aborted) return;
    const now = difference();
    const steppedMs = Math.round(now - before);
    before = now;
    if (Math.abs(steppedMs) >= stepMs) {
      logger.warn({ steppedMs }, "the wall clock was stepped");
      metrics.count("ovn4nfv_clock_steps_total", {});
    }
    clock.after(lookEveryMs, look);
  };
  clock.after(lookEveryMs, look);
}
