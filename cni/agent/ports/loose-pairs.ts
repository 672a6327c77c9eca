import { isTaken } from "#cni/plumbing/ovs-ports.ts";
import { linkNames } from "#cni/plumbing/link-names.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { removePairs } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { readableResult } from "#src/api/result.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { PodApi } from "#src/kube/pods.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods } from "../pods/pod-results.ts";
import type { SandboxTurns } from "../pods/sandbox-turns.ts";
import type { LooseLink } from "./lost-ports.ts";
import { liveHolders } from "./sweep.ts";

export interface LoosePairsParts {
  readonly bridge: Pick<BridgeAccess, "ports">;
  readonly pods: Pick<NodePods, "byIndex">;
  readonly api: Pick<PodApi, "listByLabel">;
  readonly turns: SandboxTurns;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The names of the node's links; for tests. */
  readonly links?: () => Promise<ReadonlySet<string>>;
}

/**
 * Removes pairs that have no port and will get none, because the pod is gone or is wired in another sandbox. A runtime that calls
 * no DEL leaves them. They mostly go with the network namespace of their sandbox, but something may keep that.
 */
export class LoosePairs {
  readonly #parts: LoosePairsParts;

  constructor(parts: LoosePairsParts) {
    this.#parts = parts;
    parts.metrics.count("ovn4nfv_agent_swept_pairs_total", {}, 0);
  }

  /** Looks at each link once more when the calls of its sandbox have ended. Throws what the API server and the kernel say. */
  async sweep(loose: readonly LooseLink[], signal: AbortSignal): Promise<void> {
    const { turns, run, logger, metrics, links = linkNames } = this.#parts;
    for (const { link, end } of loose) {
      await turns.run(end.sandbox, async () => {
        if (!(await links()).has(link.name) || !(await this.#isUseless({ link, end }, signal))) return;
        await removePairs([link.name], run);
        metrics.count("ovn4nfv_agent_swept_pairs_total", {});
        logger.info(
          { link: link.name, sandbox: end.sandbox, allocation: end.allocation },
          "pair without a port removed",
        );
      });
    }
  }

  async #isUseless({ link, end }: LooseLink, signal: AbortSignal): Promise<boolean> {
    const { bridge, pods, api } = this.#parts;
    if (bridge.ports().some(({ hostName }) => hostName === link.name)) return false;
    const holders = pods.byIndex("allocation", end.allocation);
    if (holders.length > 0) return holders.every((pod) => this.#isWiredElsewhere(pod, end.interfaceName));
    return (await liveHolders(api, end.allocation, signal)).length === 0;
  }

  #isWiredElsewhere({ metadata }: PodMetadata, interfaceName: string): boolean {
    const result = readableResult(metadata.annotations[annotationKeys.result.key] ?? "");
    const port = result?.find((one) => one.interface === interfaceName)?.port;
    return port !== undefined && isTaken(port, this.#parts.bridge.ports());
  }
}
