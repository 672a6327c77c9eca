// Renews the Lease of this node while there is one: only nodes that may carry a gateway have it, so that the many others write
// nothing. Each renewal says how the tunnels to the other gateways are.
import {
  gatewayLeaseName,
  printTunnels,
  readPeers,
  tunnelsAnnotation,
  type TunnelStates,
} from "#src/api/node/gateway-lease.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { microTime } from "#src/kube/lease/lease-record.ts";

export interface GatewayLeaseKeeperOptions {
  readonly client: ApiClient;
  /** The namespace of the installation. */
  readonly namespace: string;
  readonly nodeName: string;
  readonly bridge: {
    readonly changes: number;
    whenChanged(seen: number, options: CallOptions): Promise<void>;
    tunnelsTo(peers: readonly string[]): TunnelStates;
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const renewMs = 2_000;
/** The time after which others take the agent for gone. It is written for people; the controller has its own. */
const durationSeconds = 6;

export class GatewayLeaseKeeper {
  readonly #options: GatewayLeaseKeeperOptions;
  readonly #api: ResourceApi;
  /** The chassis to tell of, while there is a Lease. */
  #peers: readonly string[] | undefined;
  #wake = Promise.withResolvers<undefined>();
  #failing = false;

  constructor(options: GatewayLeaseKeeperOptions) {
    this.#options = options;
    this.#api = new ResourceApi(options.client, resources.leases);
  }

  /** Renews until the signal aborts, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, namespace, nodeName, clock, logger, metrics } = this.#options;
    const target = { namespace, name: gatewayLeaseName(nodeName) };
    const onState = (lease: KubeObject | undefined): void => {
      const peers = lease && readPeers(lease.metadata.annotations ?? {});
      // The keeper is told of its own renewals, too.
      if (peers?.join() === this.#peers?.join()) return;
      this.#peers = peers;
      this.#wake.resolve(undefined);
    };
    signal.addEventListener("abort", () => {
      this.#wake.resolve(undefined);
    });
    const parts = { client, clock, logger, metrics, resource: resources.leases };
    await Promise.all([watchNamed({ ...parts, target, onState }, signal), this.#keep(target, signal)]);
  }

  async #keep(target: { readonly namespace: string; readonly name: string }, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      if (this.#peers === undefined) {
        await this.#wake.promise;
        continue;
      }
      const sentAtMs = clock.monotonicMs();
      const tunnels = printTunnels(this.#options.bridge.tunnelsTo(this.#peers));
      await this.#renew(target, tunnels, { signal, deadlineMs: sentAtMs + renewMs });
      await this.#untilNext(tunnels, sentAtMs + renewMs, signal);
    }
  }

  async #renew(
    target: { readonly namespace: string; readonly name: string },
    tunnels: string,
    call: CallOptions,
  ): Promise<void> {
    const { nodeName, clock, logger } = this.#options;
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: durationSeconds,
      renewTime: microTime(clock.now()),
    };
    const body = { metadata: { annotations: { [tunnelsAnnotation]: tunnels } }, spec };
    try {
      await this.#api.patchIfThere(target, "merge", body, call);
      if (this.#failing) logger.info({ lease: target.name }, "lease of the gateway node renewed again");
      this.#failing = false;
    } catch (err) {
      if (call.signal?.aborted === true) return;
      if (!this.#failing) logger.warn({ lease: target.name, err }, "lease of the gateway node cannot be renewed");
      this.#failing = true;
    }
  }

  /** Waits for the time of the next renewal, or until there is something new to say. */
  async #untilNext(said: string, atMs: number, signal: AbortSignal): Promise<void> {
    const { bridge, clock } = this.#options;
    const wake = this.#wake.promise;
    const done = new AbortController();
    const both = AbortSignal.any([signal, done.signal]);
    const changed = async (): Promise<void> => {
      for (;;) {
        const seen = bridge.changes;
        const peers = this.#peers;
        if (peers !== undefined && printTunnels(bridge.tunnelsTo(peers)) !== said) return;
        await bridge.whenChanged(seen, { signal: both });
      }
    };
    const waits = [wake, changed(), clock.sleep(Math.max(0, atMs - clock.monotonicMs()), both)];
    // A renewal that failed is tried again at the next time, not at each change.
    await Promise.race(this.#failing ? waits.slice(2) : waits).catch(() => undefined);
    done.abort();
    await Promise.allSettled(waits.slice(1));
  }
}
