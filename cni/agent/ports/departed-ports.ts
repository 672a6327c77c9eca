import { linkNames } from "#cni/plumbing/link-names.ts";
import { type FoundOvsPort, isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods } from "../pods/pod-results.ts";

export interface DepartedPortsParts {
  readonly bridge: Pick<BridgeAccess, "find" | "remove" | "isReady">;
  readonly pods: Pick<NodePods, "byIndex" | "addHandler">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The names of the node's links; for tests. */
  readonly links?: () => Promise<ReadonlySet<string>>;
}

/** A pod's sandbox may end a moment after the pod has let go of its addresses. */
const looksAfterMs = [200, 1_000, 5_000] as const;

/**
 * Removes the ports that a pod leaves behind when it goes. Multus remembers what it has attached at the start of a sandbox, and
 * calls no DEL at its end for what was plugged later. The sweep would find these ports too, some minutes later.
 */
export class DepartedPorts {
  readonly #parts: DepartedPortsParts;
  #departed = Promise.withResolvers<undefined>();
  readonly #allocations = new Map<string, number>();

  constructor(parts: DepartedPortsParts) {
    this.#parts = parts;
    parts.pods.addHandler({
      deleted: (pod) => {
        this.#note(pod);
      },
    });
  }

  /** Looks a few times after each pod that has gone, until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    // One listener serves all rounds. A race with a promise of the abort would keep something of each round until then.
    signal.addEventListener("abort", () => this.#departed.resolve(undefined), { once: true });
    while (!signal.aborted) {
      await this.#departed.promise;
      const looks = Math.min(...this.#allocations.values());
      // A sleep fails only by an abort, which the loop's condition sees.
      await clock.sleep(looksAfterMs[looks] ?? 0, signal).catch(() => undefined);
      try {
        await this.look(signal);
      } catch (error) {
        if (fromUnknown(error).code !== "Aborted")
          logger.warn({ err: error }, "ports of gone pods are left to the sweep");
      }
      this.#count();
    }
  }

  /** Removes each port whose pod and whose pair are both gone. */
  async look(signal: AbortSignal): Promise<void> {
    const { bridge, pods, logger, metrics, links = linkNames } = this.#parts;
    if (!bridge.isReady) return;
    const isGone = (port: FoundOvsPort): boolean => {
      const allocation = port.ids.get(interfaceKeys.allocation) ?? "";
      return (
        isOwnOvsPort(port) && this.#allocations.has(allocation) && pods.byIndex("allocation", allocation).length === 0
      );
    };
    // An ADD makes the pair before the port, so that a pair which is not there after its port was seen has gone.
    const ports = await bridge.find(isGone, { signal });
    if (ports.length === 0) return;
    const present = await links();
    const left = ports.filter(({ hostName }) => !present.has(hostName));
    await bridge.remove(left, { signal });
    for (const { ids, hostName } of left) {
      metrics.count("ovn4nfv_agent_swept_ports_total", { cause: "link-gone" });
      logger.info({ port: ids.get(interfaceKeys.port), link: hostName }, "port of a pod that is gone removed");
    }
  }

  #note({ metadata }: PodMetadata): void {
    const allocation = metadata.labels[annotationKeys.allocation.key];
    if (allocation === undefined) return;
    this.#allocations.set(allocation, 0);
    this.#departed.resolve(undefined);
  }

  /** Forgets the pods that were looked for often enough. */
  #count(): void {
    for (const [allocation, looks] of this.#allocations) {
      if (looks + 1 >= looksAfterMs.length) this.#allocations.delete(allocation);
      else this.#allocations.set(allocation, looks + 1);
    }
    if (this.#allocations.size === 0) this.#departed = Promise.withResolvers<undefined>();
  }
}
