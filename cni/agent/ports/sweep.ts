import { type FoundOvsPort, isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { linkNames } from "#cni/plumbing/link-names.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { removePairs } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { readableResult } from "#src/api/result.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { PodApi } from "#src/kube/pods.ts";
import { judgePodToken } from "#src/tokens/pod-token.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods } from "../pods/pod-results.ts";

/**
 * The sign that a port is left over: its pair is gone with the sandbox, no pod holds its allocation, or its pod has let it go
 * while it runs.
 */
const staleCauses = ["link-gone", "pod-gone", "unplugged"] as const;
export type StaleCause = (typeof staleCauses)[number];

export interface NodeView {
  readonly ports: readonly FoundOvsPort[];
  /** Names of the links in the node's own network namespace. */
  readonly links: ReadonlySet<string>;
  /** The pods of this node that hold an allocation. It is undefined while the pods are not known. */
  readonly holders: ((allocation: string) => readonly PodMetadata[]) | undefined;
}

/** The ports of ours that look left over in this pass, by uuid. */
export function leftOverPorts({ ports, links, holders }: NodeView): ReadonlyMap<string, StaleCause> {
  const found = new Map<string, StaleCause>();
  for (const port of ports.filter(isOwnOvsPort)) {
    const pods = holders?.(allocationOf(port));
    if (!links.has(port.hostName)) found.set(port.uuid, "link-gone");
    else if (pods?.length === 0) found.set(port.uuid, "pod-gone");
    else if (pods?.every((pod) => hasLetGo(pod, port)) === true) found.set(port.uuid, "unplugged");
  }
  return found;
}

function allocationOf({ ids }: FoundOvsPort): string {
  return ids.get(interfaceKeys.allocation) ?? "";
}

/** The pods that hold an allocation, by a live read, because the informer may be behind, or its watch may be broken. */
export function liveHolders(
  api: Pick<PodApi, "listByLabel">,
  allocation: string,
  signal: AbortSignal,
): Promise<readonly PodMetadata[]> {
  const labelSelector = `${annotationKeys.allocation.key}=${allocation}`;
  return api.listByLabel({ labelSelector }, readPod, { signal });
}

/** Whether a pod's result has no such port, or one that leaves. A result that cannot be read was edited, and says nothing. */
function hasLetGo({ metadata }: PodMetadata, { ids }: FoundOvsPort): boolean {
  const result = metadata.annotations[annotationKeys.result.key];
  const name = ids.get(interfaceKeys.port) ?? "";
  // Nearly all results name the port and let nothing go. To read each of them in full was most of what an idle agent did.
  if (result === undefined || (result.includes(`"${name}"`) && !result.includes('"leaving"'))) return false;
  return readableResult(result)?.every(({ port, leaving }) => port !== name || leaving === true) ?? false;
}

export interface PortSweepParts {
  readonly bridge: BridgeAccess;
  readonly pods: Pick<NodePods, "hasSynced" | "byIndex">;
  readonly api: Pick<PodApi, "listByLabel">;
  /** The keys by which results are verified. */
  readonly keys: TokenKeys;
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
    // Prometheus sees an increase only of a counter that it has seen before.
    for (const cause of staleCauses) parts.metrics.count("ovn4nfv_agent_swept_ports_total", { cause }, 0);
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
    const holders = (allocation: string): readonly PodMetadata[] => pods.byIndex("allocation", allocation);
    const now = leftOverPorts({ ports, links, holders: pods.hasSynced ? holders : undefined });
    const before = this.#before;
    this.#before = now;
    for (const port of ports) {
      const cause = now.get(port.uuid);
      if (cause === undefined || before.get(port.uuid) !== cause) continue;
      if (cause !== "link-gone" && (await this.#causeNow(port, links, signal)) !== cause) continue;
      await bridge.remove([port], { signal });
      await removePairs([port.hostName], run);
      metrics.count("ovn4nfv_agent_swept_ports_total", { cause });
      logger.info({ cause, port: port.ids.get(interfaceKeys.port), link: port.hostName }, "left-over port removed");
    }
  }

  /** The cause by a live read. */
  async #causeNow(
    port: FoundOvsPort,
    links: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<StaleCause | undefined> {
    const live = await liveHolders(this.#parts.api, allocationOf(port), signal);
    const cause = leftOverPorts({ ports: [port], links, holders: () => live }).get(port.uuid);
    if (cause !== "unplugged") return cause;
    // Only a result that a process of ours signed says that a pod has let a port go.
    const verdicts = await Promise.all(live.map((pod) => judgePodToken(pod, this.#parts.keys)));
    return verdicts.every((verdict) => verdict === "valid") ? cause : undefined;
  }
}
