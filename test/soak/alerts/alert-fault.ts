import { it } from "node:test";
import type { Prometheus } from "#test/stacks/monitoring/prometheus.ts";

/** A fault by which an alert of deploy/monitoring/alerts.yaml fires, in a stack of real processes. */
export interface AlertFault<Stack> {
  /** The alert without the prefix that all have. */
  readonly alert: string;
  /** The thing that goes wrong. */
  readonly fault: string;
  /** The thing that stands in for something real, where the fault cannot be made with real parts here. */
  readonly fake?: string;
  readonly make: (stack: Stack) => unknown;
  /** Ends the fault. Without it the stack ends with the fault. */
  readonly mend?: (stack: Stack) => unknown;
}

export const alertPrefix = "Ovn4nfv";

/** Makes each fault in turn: its alert does not fire before, fires then, and no longer when the fault has ended. */
export function testAlerts<Stack>(
  faults: readonly AlertFault<Stack>[],
  parts: () => { readonly stack: Stack; readonly prometheus: Prometheus },
): void {
  for (const { alert, fault, fake, make, mend } of faults) {
    const name = alertPrefix + alert;
    it(`${name} fires when ${fault}${fake === undefined ? "" : ` (${fake})`}`, async () => {
      const { stack, prometheus } = parts();
      await prometheus.untilQuiet(name);
      {
        // A fault that stayed would fail the tests after this one as well.
        await using ending = new AsyncDisposableStack();
        ending.defer(async () => {
          await mend?.(stack);
        });
        await make(stack);
        await prometheus.untilFiring(name);
      }
      if (mend !== undefined) await prometheus.untilQuiet(name);
    });
  }
}
