// The part of an agent that makes the mirrors of taps, on a chassis without the rest of an agent.
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { TapKeeper } from "#cni/taps/tap-keeper.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { ovsSocket } from "#lab/machine/open-vswitch.ts";

/** A chassis with the keeper of its taps. */
export interface TappedNode {
  readonly host: ChassisHost;
  readonly keeper: TapKeeper;
  readonly detach: () => Promise<void>;
}

/** Starts the keeper of a chassis. */
export function attachTapKeeper(host: ChassisHost): TappedNode {
  const stop = new AbortController();
  const parts = { clock: systemClock, logger: silentLogger };
  const bridge = new IntegrationBridge({
    endpoint: `unix:${host.machine.pathOf(ovsSocket)}`,
    bridge: "br-int",
    ...parts,
  });
  const keeper = new TapKeeper({ database: bridge, ...parts, metrics: createMetrics() });
  bridge.start(stop.signal);
  const running = keeper.run(stop.signal);
  const detach = async (): Promise<void> => {
    stop.abort();
    await running;
    await bridge.close();
  };
  return { host, keeper, detach };
}
