import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hostEndOfPort } from "#cni/plumbing/host-end.ts";
import { isNetlinkWord, netlinkCommand } from "#cni/plumbing/netlink-command.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { isOwnOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { type PodInterface, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { changeCommands, isShaped, shapingDifferences } from "#cni/plumbing/shaping.ts";
import { emptyNetworkState } from "#cni/plumbing/network-state.ts";
import { readLinks } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { DefaultMtu } from "../node/default-mtu.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods, PodResult, PodResults } from "../pods/pod-results.ts";
import type { SandboxTurns } from "../pods/sandbox-turns.ts";

export interface LimitChangerParts {
  readonly bridge: Pick<BridgeAccess, "ports" | "inUserSpace" | "isReady" | "tunnel" | "changes" | "whenChanged">;
  readonly pods: Pick<NodePods, "get" | "addHandler">;
  readonly results: Pick<PodResults, "verified">;
  readonly mtu: Pick<DefaultMtu, "get">;
  readonly turns: SandboxTurns;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The folder with the network namespaces of pods; for tests. */
  readonly netnsFolder?: string;
}

const annotation = annotationKeys.bandwidth.key;
const limitsInResult = '"bandwidth":';
const usualNetnsFolder = "/run/netns";
/** A change that failed is tried again after this time. */
const retryMs = 1_000;

/**
 * Gives the interfaces of running pods the limits that their annotation says, as soon as it changes. After a start of the agent it
 * looks at every pod with a limit, because the annotation may have changed meanwhile.
 */
export class LimitChanger {
  readonly #parts: LimitChangerParts;
  /**
   * The pods to look at, by namespace and name. True when the annotation has changed: the kernel tells the rate of a bucket and not
   * its burst, so that a difference in the burst alone is not seen there.
   */
  readonly #waiting = new Map<string, boolean>();
  #wake = Promise.withResolvers<undefined>();

  /** Listens to the informer for as long as that runs. */
  constructor(parts: LimitChangerParts) {
    this.#parts = parts;
    parts.pods.addHandler({
      added: (pod) => {
        this.#look(pod, false);
      },
      updated: (before, pod) => {
        if (before.metadata.annotations[annotation] !== pod.metadata.annotations[annotation]) this.#look(pod, true);
      },
    });
  }

  /** Makes a pass after each change, until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { bridge, clock, logger } = this.#parts;
    while (!signal.aborted) {
      const { changes } = bridge;
      let within = {};
      try {
        await this.pass(signal);
      } catch (error) {
        if (fromUnknown(error).code !== "Aborted")
          logger.warn({ err: error }, "limits of bandwidth were not changed, will try again");
        within = { deadlineMs: clock.monotonicMs() + retryMs };
      }
      const ended = new AbortController();
      const either = { signal: AbortSignal.any([signal, ended.signal]), ...within };
      // A pod that waits for its ports is looked at when the bridge changes. Without one only a pod can bring news.
      const changed = this.#waiting.size > 0 ? bridge.whenChanged(changes, either) : untilAborted(either.signal);
      // The wait fails at its deadline and by an abort, which the loop's condition sees.
      await Promise.race([this.#wake.promise, changed.catch(() => undefined)]);
      ended.abort();
      this.#wake = Promise.withResolvers<undefined>();
    }
  }

  /** Looks once at each waiting pod. A pod that is done with does not wait any more. */
  async pass(signal: AbortSignal): Promise<void> {
    if (!this.#parts.bridge.isReady) return;
    for (const [key, isChanged] of [...this.#waiting]) {
      const pod = this.#parts.pods.get(key);
      // A change that comes while the pod is looked at makes it wait again.
      this.#waiting.delete(key);
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isTerminal(pod)) continue;
      try {
        if (!(await this.#isDone(pod, isChanged, signal))) this.#await(key, isChanged);
      } catch (error) {
        this.#await(key, isChanged);
        throw error;
      }
    }
  }

  #look({ metadata }: PodMetadata, isChanged: boolean): void {
    // Most pods have no limit, and need no look.
    if (metadata.annotations[annotationKeys.result.key]?.includes(limitsInResult) !== true) return;
    this.#await(`${metadata.namespace ?? ""}/${metadata.name ?? ""}`, isChanged);
    this.#wake.resolve(undefined);
  }

  #await(key: string, isChanged: boolean): void {
    this.#waiting.set(key, isChanged || this.#waiting.get(key) === true);
  }

  /** Changes the limits of a pod. False while an interface with a limit has no port: an ADD may have begun with the old limits. */
  async #isDone(pod: PodMetadata, isChanged: boolean, signal: AbortSignal): Promise<boolean> {
    const result = await this.#verified(pod);
    const limited = result?.interfaces.filter((one) => isShaped(one) && one.leaving !== true) ?? [];
    if (result === undefined || limited.length === 0) return true;
    const { bridge, mtu, turns } = this.#parts;
    const ends = bridge
      .ports()
      .filter((port) => isOwnOvsPort(port))
      .map(({ ids }) => hostEndOfPort(ids))
      .filter(({ allocation }) => allocation === result.allocation);
    const largest = await mtu.get(bridge.tunnel, signal);
    let found = 0;
    for (const { sandbox, interfaceName } of ends) {
      const own = limited.filter((one) => one.interface === interfaceName);
      if (own.length === 0) continue;
      found += 1;
      const interfaces = podInterfaces(sandbox, own, largest, result.interfaces);
      await turns.run(sandbox, () => this.#change(pod, interfaces, isChanged, signal));
    }
    return found >= limited.length;
  }

  /** Changes what differs. A limit that somebody took away is not made again here: CHECK tells of it. */
  async #change(
    pod: PodMetadata,
    interfaces: readonly PodInterface[],
    isChanged: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { bridge, run, logger, metrics } = this.#parts;
    const { inUserSpace } = bridge;
    const host = await readLinks(undefined, signal, run);
    const inPod = inUserSpace && interfaces.some(({ bandwidth }) => bandwidth?.egress !== undefined);
    const namespace = inPod ? await this.#findNamespace(interfaces, signal) : undefined;
    const { namespace: of, name } = pod.metadata;
    const podName = `${of ?? ""}/${name ?? ""}`;
    if (inPod && namespace === undefined) {
      logger.warn({ pod: podName }, "limit of what a pod sends was not changed: its network namespace is not found");
    }
    const differences = shapingDifferences(interfaces, inUserSpace, host, namespace?.state ?? emptyNetworkState);
    if (differences.length === 0 && !isChanged) return;
    const commands = changeCommands(interfaces, inUserSpace, host, namespace?.state);
    if (commands.length === 0) return;
    await run([...(namespace === undefined ? [] : [netlinkCommand("netns", namespace.path)]), ...commands], { signal });
    for (const one of interfaces) {
      const { ingress, egress } = one.bandwidth ?? {};
      metrics.count("ovn4nfv_agent_changed_limits_total", {});
      const rates = { ingress: ingress?.rate, egress: egress?.rate };
      logger.info({ pod: podName, interface: one.name, ...rates }, "limits of bandwidth changed");
    }
  }

  /** The network namespace that has these interfaces. The runtime tells its path in calls of ADD only. */
  async #findNamespace([first]: readonly PodInterface[], signal: AbortSignal) {
    const { run, netnsFolder = usualNetnsFolder } = this.#parts;
    for (const name of await readdir(netnsFolder).catch(() => [])) {
      const path = join(netnsFolder, name);
      if (!isNetlinkWord(path)) continue;
      try {
        const state = await readLinks(path, signal, run);
        if (state.links.some((link) => link.name === first?.name && link.mac === first.mac)) return { path, state };
      } catch (error) {
        // Namespaces come and go.
        if (fromUnknown(error).code === "Aborted") throw error;
      }
    }
    return undefined;
  }

  /** A result that is not signed limits nothing. ADD has told people of it. */
  async #verified(pod: PodMetadata): Promise<PodResult | undefined> {
    try {
      return await this.#parts.results.verified(pod);
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
