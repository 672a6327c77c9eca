// Ports that are not as a pod has them are made again, told of as lost, or swept.
import { type HostEnd, hostEndOfPort, parseHostEnd, printHostEnd } from "#cni/plumbing/host-end.ts";
import { linkNames } from "#cni/plumbing/link-names.ts";
import { netlinkCommand } from "#cni/plumbing/netlink-command.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { type FoundOvsPort, isTaken, isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { readLinks } from "#cni/plumbing/wire-sandbox.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { LoosePairs } from "./loose-pairs.ts";
import { linksWithoutPort, type LooseLink, type LostPort, lostPorts } from "./lost-ports.ts";
import type { NodePods, PodResult, PodResults } from "../pods/pod-results.ts";
import type { SandboxTurns } from "../pods/sandbox-turns.ts";

export interface PortRestorerParts {
  readonly bridge: BridgeAccess;
  readonly pods: Pick<NodePods, "hasSynced" | "byIndex">;
  readonly results: Pick<PodResults, "verified">;
  readonly turns: SandboxTurns;
  /** Takes the links without a port that get none. */
  readonly pairs: Pick<LoosePairs, "sweep">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The names of the node's links; for tests. */
  readonly links?: () => Promise<ReadonlySet<string>>;
}

/** An ADD makes its pairs some milliseconds before its ports. A pair that still has no port after this time has lost it. */
const settleMs = 300;
/** A change of the database is looked at this much later, so that many changes are looked at together. */
const gatherMs = 100;
/** After this time a link without a port that could not be explained is looked at again, and marks that failed are tried again. */
const unexplainedMs = 30_000;
/** Nothing is missed when the node is looked at less often, but names of links that are gone are kept until then. */
const lookEveryMs = 600_000;
const retryMs = 1_000;
/** `ovn4nfv-netlink` takes batches of at most 256 KiB. */
const maxBatchChars = 128 * 1_024;
const addLimitMs = 10_000;

/**
 * Puts back the ports of living pods that somebody else has taken off the bridge: the bridge was made again, a port was deleted
 * by hand, or the database of Open vSwitch began empty. Without a port its pod is cut off, and nobody would call CNI again.
 */
export class PortRestorer {
  readonly #parts: PortRestorerParts;
  /** The purpose of each link, from the ports that this process has seen. */
  readonly #known = new Map<string, HostEnd>();
  #hasMarkedLinks = false;

  constructor(parts: PortRestorerParts) {
    this.#parts = parts;
  }

  /**
   * Makes a pass whenever ports may have been lost, and some time after a pass that asks for another, until the signal
   * aborts. It never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { bridge, clock, logger } = this.#parts;
    while (!signal.aborted) {
      const { losses } = bridge;
      let againMs: number | undefined;
      try {
        againMs = await this.pass(signal);
      } catch (error) {
        if (fromUnknown(error).code !== "Aborted")
          logger.warn({ err: error }, "lost ports were not put back, will try again");
        againMs = retryMs;
      }
      await this.#untilLost(losses, { signal, deadlineMs: clock.monotonicMs() + (againMs ?? lookEveryMs) });
    }
  }

  /** Remembers the ports of each change on the way, which costs no look at the kernel. It ends early by an abort. */
  async #untilLost(losses: number, { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number }): Promise<void> {
    const { bridge, clock } = this.#parts;
    do {
      const { changes } = bridge;
      this.#remember();
      // The wait fails at its deadline and by an abort, which the condition sees.
      if (bridge.losses <= losses) await bridge.whenChanged(changes, { signal, deadlineMs }).catch(() => undefined);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    } while (!signal.aborted && bridge.losses <= losses && clock.monotonicMs() < deadlineMs);
  }

  /** One pass. It resolves with the time after which another one is due without a change, if any. */
  async pass(signal: AbortSignal): Promise<number | undefined> {
    const { bridge, pods, clock } = this.#parts;
    if (!bridge.isReady) return undefined;
    if (!pods.hasSynced) return retryMs;
    const first = await this.#look();
    if (!this.#hasMarkedLinks) await this.#markLinks(signal);
    const againMs = this.#hasMarkedLinks ? undefined : unexplainedMs;
    if (first.length === 0) return againMs;
    await clock.sleep(settleMs, signal);
    const still = new Set(first);
    const names = (await this.#look()).filter((name) => still.has(name));
    if (names.length === 0) return againMs;
    const loose = await this.#explain(new Set(names), signal);
    const removedByOthers = loose.filter(({ link }) => !bridge.hasRemoved(link.name));
    const lost = lostPorts(removedByOthers, bridge.ports(), await this.#resultsOf(removedByOthers));
    const done = await Promise.allSettled(groupsOf(lost).map((group) => this.#putBack(group, signal)));
    const failed = done.find((one) => one.status === "rejected");
    if (failed !== undefined) throw fromUnknown(failed.reason);
    const putBack = new Set(lost.map(({ port }) => port.hostName));
    await this.#parts.pairs.sweep(
      loose.filter(({ link }) => !putBack.has(link.name)),
      signal,
    );
    return lost.length < names.length ? unexplainedMs : againMs;
  }

  /** Remembers the ports that there are, and returns the links that have none. */
  async #look(): Promise<readonly string[]> {
    const { bridge, links = linkNames } = this.#parts;
    const names = await links();
    const ports = this.#remember();
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    bridge.forgetRemoved((name) => !names.has(name));
    return linksWithoutPort(names, ports);
  }

  #remember(): readonly FoundOvsPort[] {
    const ports = this.#parts.bridge.ports();
    for (const port of ports) {
      if (isOwnOvsPort(port)) this.#known.set(port.hostName, hostEndOfPort(port.ids));
    }
    return ports;
  }

  /**
   * Older agents wrote no aliases. So the links of ports that are there get theirs, before those can be lost. A failure is
   * tried again later, and ports that are lost now do not wait for it.
   */
  async #markLinks(signal: AbortSignal): Promise<void> {
    const { run } = this.#parts;
    try {
      for (const commands of slicesOf(await this.#marks(signal))) await run(commands, { signal });
      this.#hasMarkedLinks = true;
    } catch (error) {
      if (fromUnknown(error).code === "Aborted") throw error;
      this.#parts.logger.warn({ err: error }, "links were not marked, will try again");
    }
  }

  /** The commands that give links their aliases. */
  async #marks(signal: AbortSignal): Promise<readonly string[]> {
    const { run } = this.#parts;
    const { links } = await readLinks(undefined, signal, run);
    return links.flatMap(({ name, alias }) => {
      const end = this.#known.get(name);
      const text = end === undefined || alias !== undefined ? undefined : printHostEnd(end);
      return text === undefined ? [] : [netlinkCommand("alias", name, text)];
    });
  }

  async #explain(names: ReadonlySet<string>, signal: AbortSignal): Promise<readonly LooseLink[]> {
    const { links } = await readLinks(undefined, signal, this.#parts.run);
    return links.flatMap((link) => {
      const end = names.has(link.name) ? (this.#known.get(link.name) ?? parseHostEnd(link.alias)) : undefined;
      return end === undefined ? [] : [{ link, end }];
    });
  }

  async #resultsOf(loose: readonly LooseLink[]): Promise<ReadonlyMap<string, PodResult>> {
    const results = new Map<string, PodResult>();
    for (const allocation of new Set(loose.map(({ end }) => end.allocation))) {
      for (const pod of this.#livingPods(allocation)) {
        const result = await this.#verified(pod);
        if (result !== undefined) results.set(allocation, result);
      }
    }
    return results;
  }

  #livingPods(allocation: string): readonly PodMetadata[] {
    const found = this.#parts.pods.byIndex("allocation", allocation);
    return found.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isTerminal(pod));
  }

  /** A result that is not signed is no reason for a port. ADD has told people of it. */
  async #verified(pod: PodMetadata): Promise<PodResult | undefined> {
    try {
      return await this.#parts.results.verified(pod);
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Puts back the ports of one attachment, unless something has changed while the calls of its sandbox ran. */
  async #putBack(group: readonly LostPort[], signal: AbortSignal): Promise<void> {
    const { bridge, turns, clock, logger, metrics } = this.#parts;
    const origin = group[0]?.origin;
    if (origin === undefined) return;
    await turns.run(origin.sandbox, async () => {
      const loose = new Set(await this.#look());
      const lost = group.filter(({ port }) => {
        const isLost = loose.has(port.hostName) && !bridge.hasRemoved(port.hostName);
        return isLost && !isTaken(port.port, bridge.ports()) && this.#livingPods(port.allocation).length > 0;
      });
      if (lost.length === 0) return;
      const ports = lost.map(({ port }) => port);
      await bridge.add(ports, origin, { signal, deadlineMs: clock.monotonicMs() + addLimitMs });
      for (const { port, hostName } of ports) {
        metrics.count("ovn4nfv_agent_restored_ports_total", {});
        logger.warn({ port, link: hostName, sandbox: origin.sandbox }, "lost port put back on the bridge");
      }
    });
  }
}

/** The commands in batches that `ovn4nfv-netlink` takes. */
function slicesOf(commands: readonly string[]): readonly (readonly string[])[] {
  const slices: string[][] = [];
  let chars = maxBatchChars;
  for (const command of commands) {
    chars += command.length + 1;
    if (chars > maxBatchChars) {
      slices.push([]);
      chars = command.length + 1;
    }
    slices.at(-1)?.push(command);
  }
  return slices;
}

/** The ports by the call that made them. */
function groupsOf(lost: readonly LostPort[]): readonly (readonly LostPort[])[] {
  const groups = Map.groupBy(lost, ({ origin }) => Object.values(origin).join("/"));
  return [...groups.values()];
}
