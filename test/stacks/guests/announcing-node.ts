// The part of the agent that announces virtual machines, on a chassis whose pods are wired by hand.
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { MachineAnnouncer } from "#cni/agent/keepers/machine-announcer.ts";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { frameSender, managementSocket } from "#cni/announcing/packet-out.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock as clock } from "#src/core/clock.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { createPodInformer } from "#src/kube/informer/pod-informer.ts";

export class AnnouncingNode implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #bridge: IntegrationBridge;
  readonly #runs: readonly Promise<void>[];

  private constructor(client: ApiClient, { chassis, plan }: ChassisHost) {
    const endpoint = chassis.ovsEndpoint;
    this.#bridge = new IntegrationBridge({ endpoint, bridge: "br-int", clock, logger });
    this.#bridge.start(this.#stop.signal);
    const pods = createPodInformer({ client, clock, logger, metrics: createMetrics(), nodeName: plan.name });
    const announcer = new MachineAnnouncer({
      bridge: this.#bridge,
      pods,
      results: {
        // The signature is not what this is about.
        verified: async (pod) => ({
          pod,
          allocation: "",
          interfaces: parseResult(pod.metadata.annotations[annotationKeys.result.key] ?? ""),
        }),
      },
      send: frameSender(managementSocket(endpoint, "br-int") ?? "", clock),
      clock,
      logger,
    });
    this.#runs = [pods.run(this.#stop.signal), announcer.run(this.#stop.signal)];
  }

  static start(client: ApiClient, host: ChassisHost): AnnouncingNode {
    return new AnnouncingNode(client, host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#runs);
    await this.#bridge.close();
  }
}
