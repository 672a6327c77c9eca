import { linkNames } from "#cni/plumbing/link-names.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { ifbName, type PodInterface } from "#cni/plumbing/pod-interface.ts";
import { leadCommands } from "#cni/plumbing/shaping.ts";
import { readLinks } from "#cni/plumbing/wire-sandbox.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";

export interface BandwidthKeeperParts {
  readonly bridge: Pick<BridgeAccess, "ports" | "inUserSpace" | "isReady" | "changes" | "whenChanged">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The names of the node's links; for tests. */
  readonly links?: () => Promise<ReadonlySet<string>>;
}

/** After a change of the database the next pass begins this much later, so that many changes need one pass. */
const gatherMs = 100;
const retryMs = 1_000;

/** Leads what these interfaces send through their ifbs, where the datapath is the kernel's. Throws the errors of `RunNetlink`. */
export async function leadThroughIfbs(
  interfaces: readonly Pick<PodInterface, "hostName" | "bandwidth">[],
  { bridge, run }: Pick<BandwidthKeeperParts, "run"> & { readonly bridge: Pick<BridgeAccess, "inUserSpace"> },
  signal: AbortSignal,
): Promise<void> {
  const limited = interfaces.filter(({ bandwidth }) => bandwidth?.egress !== undefined);
  if (bridge.inUserSpace || limited.length === 0) return;
  const names = limited.map(({ hostName }) => hostName);
  const commands = leadCommands(names, await readLinks(undefined, signal, run));
  if (commands.length > 0) await run(commands, { signal });
}

/**
 * Keeps the limits of what pods send through the kernel datapath. Open vSwitch takes the ingress queueing discipline of a port
 * away when it starts, and when it looks at its ports after a link has changed. Nobody can tell it to leave that one alone.
 */
export class BandwidthKeeper {
  readonly #parts: BandwidthKeeperParts;

  constructor(parts: BandwidthKeeperParts) {
    this.#parts = parts;
  }

  /** Makes a pass after each change of the node's database, until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { bridge, clock, logger } = this.#parts;
    while (!signal.aborted) {
      const { changes } = bridge;
      let within = {};
      try {
        await this.pass(signal);
      } catch (error) {
        if (fromUnknown(error).code !== "Aborted")
          logger.warn({ err: error }, "limits of bandwidth were not put back, will try again");
        within = { deadlineMs: clock.monotonicMs() + retryMs };
      }
      // The wait fails at its deadline and by an abort, which the loop's condition sees.
      await bridge.whenChanged(changes, { signal, ...within }).catch(() => undefined);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    }
  }

  /** One pass. A node without an ifb of ours costs one look at the names of its links. */
  async pass(signal: AbortSignal): Promise<void> {
    const { bridge, run, logger, links = linkNames } = this.#parts;
    if (!bridge.isReady || bridge.inUserSpace) return;
    const names = await links();
    const shaped = bridge.ports().filter((port) => isOwnOvsPort(port) && names.has(ifbName(port.hostName)));
    if (shaped.length === 0) return;
    const hostNames = shaped.map(({ hostName }) => hostName);
    const commands = leadCommands(hostNames, await readLinks(undefined, signal, run));
    if (commands.length === 0) return;
    await run(commands, { signal });
    logger.info({ links: commands.length }, "limits of bandwidth put back");
  }
}
