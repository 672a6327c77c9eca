// ovn-controller lets Open vSwitch of a gateway node begin each start with a wait for flows, in which it forwards nothing. It may
// not end that wait (docs/way-out.md#two-gateways-and-nobody-else), and then the agent does.
import { mutate, type Operation, type Row } from "ovsdb-client";
import { ovsRoot, type ovsTunnel } from "#cni/plumbing/ovs-tables.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";

/** The key in `other_config` of the root table. */
const waitKey = "flow-restore-wait";
/** The key in `external_ids` by which ovn-controller says that it is the one who sets the other key. */
const managedKey = "ovn-managed-flow-restore-wait";

/** The time in which BFD finds a tunnel that works. */
const patienceMs = 5_000;
/** A wait that goes on after so many attempts has another cause: the other gateways are gone, and this node forwards. */
const mostAttempts = 3;
const callLimitMs = 10_000;

/**
 * True when ovs-vswitchd may forward nothing because it waits for flows: OVN has set that, and no tunnel on which OVN has turned BFD
 * on is up. Whether ovs-vswitchd waits is in no table.
 */
export function mayWaitForFlows(
  root: Pick<Row<typeof ovsRoot>, "external_ids" | "other_config">,
  tunnels: Iterable<Pick<Row<typeof ovsTunnel>, "bfd" | "bfd_status">>,
): boolean {
  if (root.other_config.get(waitKey) !== "true" || root.external_ids.get(managedKey) !== "true") return false;
  return !mayForward(tunnels);
}

/** True when a tunnel on which OVN has turned BFD on is up, or when there is none. */
export function mayForward(tunnels: Iterable<Pick<Row<typeof ovsTunnel>, "bfd" | "bfd_status">>): boolean {
  const states = [...tunnels].flatMap(({ bfd, bfd_status: status }) =>
    bfd.get("enable") === "true" ? [status.get("state")] : [],
  );
  return states.length === 0 || states.includes("up");
}

/** Ends the wait unless somebody has ended it. ovn-controller sets the key again, for the next start. */
function endWait(): Operation {
  return mutate(
    ovsRoot,
    [["other_config", "includes", { [waitKey]: "true" }]],
    [
      ["other_config", "delete", [waitKey]],
      ["other_config", "insert", { [waitKey]: "false" }],
    ],
  );
}

export interface ForwardingKeeperOptions {
  readonly bridge: {
    readonly changes: number;
    whenChanged(seen: number, options: CallOptions): Promise<void>;
    readonly mayWaitForFlows: boolean;
    readonly mayForward: boolean;
    change(operations: readonly Operation[], options: CallOptions): Promise<boolean>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends the wait of an ovs-vswitchd that nobody else ends. */
export class ForwardingKeeper {
  readonly #options: ForwardingKeeperOptions;

  constructor(options: ForwardingKeeperOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { bridge, clock, logger } = this.#options;
    let attempts = 0;
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      const seen = bridge.changes;
      try {
        // The end of the wait alone says nothing: after each attempt it is over until ovn-controller sets its key again.
        if (bridge.mayForward) attempts = 0;
        if (attempts === mostAttempts || !(await this.#lasts(signal))) {
          await bridge.whenChanged(seen, { signal });
          continue;
        }
        attempts += 1;
        logger.warn({ attempt: attempts }, "open vswitch may wait for flows");
        await bridge.change([endWait()], { signal, deadlineMs: clock.monotonicMs() + callLimitMs });
      } catch (err) {
        if (!isStopped()) logger.warn({ err }, "open vswitch could not be told to forward");
      }
    }
  }

  /** True when the state is there, and still is some time later. */
  async #lasts(signal: AbortSignal): Promise<boolean> {
    const { bridge, clock } = this.#options;
    if (!bridge.mayWaitForFlows) return false;
    await clock.sleep(patienceMs, signal);
    return bridge.mayWaitForFlows;
  }
}
