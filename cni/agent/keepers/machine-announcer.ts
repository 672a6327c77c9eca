import { announcement } from "#cni/announcing/announcement.ts";
import type { PortFrame, SendFrames } from "#cni/announcing/packet-out.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { isTargetReady, machineOf } from "#src/api/pod/machine-pod.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { parseMac } from "#src/net/mac.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods, PodResults } from "../pods/pod-results.ts";

export interface MachineAnnouncerParts {
  readonly bridge: Pick<BridgeAccess, "ports">;
  readonly pods: Pick<NodePods, "addHandler">;
  readonly results: Pick<PodResults, "verified">;
  readonly send: SendFrames;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Nobody tells the node when OVN lets the port send. It drops what comes before that. */
const everyMs = 50;
const forMs = 2_000;
const sendLimitMs = 1_000;

/**
 * Tells the switches outside of OVN where a virtual machine is that has migrated to this node. Until they learn it they lead its
 * packets to the node that it left, and a machine that only answers never tells. OVN itself announces a port only a second after
 * it has got its addresses, and drops the reverse ARP of a hypervisor where it filters by addresses.
 */
export class MachineAnnouncer {
  readonly #parts: MachineAnnouncerParts;
  readonly #ready: PodMetadata[] = [];
  #wake = Promise.withResolvers<undefined>();

  /** Listens to the informer for as long as that runs. */
  constructor(parts: MachineAnnouncerParts) {
    this.#parts = parts;
    parts.pods.addHandler({
      updated: (before, pod) => {
        if (machineOf(pod)?.isTarget !== true || isTargetReady(before) || !isTargetReady(pod)) return;
        this.#ready.push(pod);
        this.#wake.resolve(undefined);
      },
    });
  }

  /** Announces each machine that goes on in a pod of this node, until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => {
      this.#wake.resolve(undefined);
    });
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      for (const pod of this.#ready.splice(0)) {
        const one = this.#announce(pod, signal).finally(() => running.delete(one));
        running.add(one);
      }
      await this.#wake.promise;
    }
    await Promise.all(running);
  }

  async #announce(pod: PodMetadata, signal: AbortSignal): Promise<void> {
    const { clock, logger, results } = this.#parts;
    const { namespace = "", name = "" } = pod.metadata;
    const facts = { pod: `${namespace}/${name}` };
    try {
      const result = await results.verified(pod);
      const endMs = clock.monotonicMs() + forMs;
      let sent = 0;
      while (!signal.aborted && clock.monotonicMs() < endMs) {
        sent += await this.#send(result?.interfaces ?? [], signal);
        await clock.sleep(everyMs, signal);
      }
      logger.info({ ...facts, frames: sent }, "machine that has migrated announced");
    } catch (error) {
      // A result that is not signed is announced by nobody. ADD has told people of it.
      if (isRefusal(error) || fromUnknown(error).code === "Aborted") return;
      logger.warn(
        { ...facts, err: error },
        "machine that has migrated was not announced, OVN does it a second after the move",
      );
    }
  }

  /** Sends one frame from each interface that the bridge has, and gives their number. */
  async #send(interfaces: readonly InterfaceResult[], signal: AbortSignal): Promise<number> {
    const { bridge, clock, send } = this.#parts;
    const ports = new Map(bridge.ports().map(({ ids, ofPort }) => [ids.get(interfaceKeys.port), ofPort]));
    const frames = interfaces.flatMap(({ port, mac_address, ip_address }): PortFrame[] => {
      const ofPort = ports.get(port);
      const mac = parseMac(mac_address);
      // Switches learn MACs, which all addresses of an interface share.
      const ip = ip_address[0] === undefined ? undefined : parseCidr(ip_address[0])?.address;
      return ofPort === undefined || mac === undefined || ip === undefined
        ? []
        : [{ ofPort, frame: announcement(mac, ip) }];
    });
    if (frames.length > 0) await send(frames, { signal, deadlineMs: clock.monotonicMs() + sendLimitMs });
    return frames.length;
  }
}
