import { type FoundOvsPort, isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { linkNames } from "#cni/plumbing/link-names.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { removePairs } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { PodApi } from "#src/kube/pods.ts";
import type { BridgeAccess } from "./integration-bridge.ts";
import type { NodePods } from "./pod-results.ts";

/** The sign that a port is left over: its pair is gone with the sandbox, or no pod holds its allocation. */
export type StaleCause = "link-gone" | "pod-gone";

export interface NodeView {
  readonly ports: readonly FoundOvsPort[];
  /** Names of the links in the node's own network namespace. */
  readonly links: ReadonlySet<string>;
  /** Says whether a pod of this node holds the allocation. It is undefined while the pods are not known. */
  readonly isHeld: ((allocation: string) => boolean) | undefined;
}

/** The ports of ours that look left over in this pass, by uuid. */
export function leftOverPorts({ ports, links, isHeld }: NodeView): ReadonlyMap<string, StaleCause> {
  const found = new Map<string, StaleCause>();
  for (const port of ports.filter(isOwnOvsPort)) {
    const allocation = port.ids.get(interfaceKeys.allocation) ?? "";
    if (!links.has(port.hostName)) found.set(port.uuid, "link-gone");
    else if (isHeld?.(allocation) === false) found.set(port.uuid, "pod-gone");
  }
  return found;
}

export interface PortSweepParts {
  readonly bridge: BridgeAccess;
  readonly pods: Pick<NodePods, "hasSynced" | "byIndex">;
  readonly api: Pick<PodApi, "listByLabel">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Removes ports for which DEL was never called, because of a power cut, or because a runtime lost its state. */
export class PortSweep {
  readonly #parts: PortSweepParts;
  #before: ReadonlyMap<string, StaleCause> = new Map();

  constructor(parts: PortSweepParts) {
    this.#parts = parts;
  }

  /** Makes a pass at once and then one in each interval, until the signal aborts. It never rejects. */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.pass(signal);
      } catch (error) {
        if (fromUnknown(error).code !== "Aborted") logger.warn({ err: error }, "sweep failed, will try again");
      }
      // A sleep fails only by an abort, which the loop's condition sees.
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  /** One pass: it removes ports that already looked left over in the pass before, for the same cause, if a live read agrees. */
  async pass(signal: AbortSignal): Promise<void> {
    const { bridge, pods, run, logger, metrics } = this.#parts;
    const links = await linkNames();
    const ports = await bridge.find(isOwnOvsPort, { signal });
    const isHeld = (allocation: string): boolean => pods.byIndex("allocation", allocation).length > 0;
    const now = leftOverPorts({ ports, links, isHeld: pods.hasSynced ? isHeld : undefined });
    const before = this.#before;
    this.#before = now;
    for (const port of ports) {
      const cause = now.get(port.uuid);
      if (cause === undefined || before.get(port.uuid) !== cause) continue;
      if (cause === "pod-gone" && (await this.#isHeldElsewhere(port, signal))) continue;
      await bridge.remove([port], { signal });
      await removePairs([port.hostName], run);
      metrics.count("ovn4nfv_agent_swept_ports_total", { cause });
      logger.info({ cause, port: port.ids.get(interfaceKeys.port), link: port.hostName }, "left-over port removed");
    }
  }

  /** A live read, because the informer may be behind, or its watch may be broken. */
  async #isHeldElsewhere({ ids }: FoundOvsPort, signal: AbortSignal): Promise<boolean> {
    const allocation = ids.get(interfaceKeys.allocation) ?? "";
    const labelSelector = `${annotationKeys.allocation.key}=${allocation}`;
    return (await this.#parts.api.listByLabel({ labelSelector }, () => true, { signal })).length > 0;
  }
}
