// Keeps the OvnNode of this node up to date: the system id by which the controller pins ports to the node, its tunnels, the
// wires that it carries, and what has become of taps.
import type { TapKeeper } from "#cni/taps/tap-keeper.ts";
import type { WireKeeper } from "#cni/wires/wire-keeper.ts";
import type { DefaultMtu } from "./default-mtu.ts";
import type { BridgeAccess } from "./integration-bridge.ts";
import { ovnNodeStatus, saysTheSame } from "./ovn-node-status.ts";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isAlreadyExists } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";

export interface NodePublisherOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly agentVersion: string;
  readonly bridge: Pick<BridgeAccess, "chassis" | "changes" | "whenChanged">;
  readonly mtu: Pick<DefaultMtu, "get">;
  readonly wires: Pick<WireKeeper, "wires" | "onWires">;
  /** It is handed each state of the object, of which it reads the spec. */
  readonly taps: Pick<TapKeeper, "taps" | "onTaps" | "nodeChanged">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const name = "ovnnode";
const published = "ovn4nfv_agent_node_published";
/** A cluster has many agents, which may all fail together. */
const retryLimits = { initialMs: 500, maxMs: 60_000, ratePerSecond: 1, burst: 5 };
const passLimitMs = 30_000;

/**
 * Writes the OvnNode of this node when it does not say what the agent sees. It never takes an object away: one that nobody
 * needs any more is collected with its Node.
 */
export class NodePublisher {
  readonly #options: NodePublisherOptions;
  readonly #nodes: ResourceApi;
  readonly #api: ResourceApi;
  readonly #object: NamedObject;

  constructor(options: NodePublisherOptions) {
    this.#options = options;
    const { client, nodeName } = options;
    this.#nodes = new ResourceApi(client, resources.nodes);
    this.#api = new ResourceApi(client, resources.ovnNodes);
    this.#object = new NamedObject(client, resources.ovnNodes, { name: nodeName });
  }

  /** Makes a pass whenever the chassis or the object changes, until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, logger, metrics } = this.#options;
    const queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
    const add = (): void => {
      queue.add(nodeName);
    };
    const { wires, taps } = this.#options;
    wires.onWires(add);
    taps.onTaps(add);
    metrics.set(published, {}, 0);
    const reconcile = (_key: string, stop: AbortSignal) => this.pass(stop);
    const loop = { controller: name, queue, workers: 1, reconcile, clock, logger, metrics };
    const onState = (node: KubeObject | undefined): void => {
      taps.nodeChanged(node);
      add();
    };
    const watched = { resource: resources.ovnNodes, target: { name: nodeName }, onState };
    await Promise.all([
      watchNamed({ client, clock, logger, metrics, ...watched }, signal),
      this.#followChassis(add, signal),
      runReconcileLoop(loop, signal),
    ]);
    queue.close();
  }

  /** One pass. Throws `KubeApiError` when the API server does not take the object. */
  async pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { bridge, mtu, agentVersion, clock, logger, metrics, nodeName } = this.#options;
    const { chassis } = bridge;
    // An object that says what was true before is better than one that says nothing.
    if (chassis === undefined) return {};
    const options = { signal, deadlineMs: clock.monotonicMs() + passLimitMs };
    try {
      const facts = {
        systemId: chassis.systemId,
        controllers: chassis.controllers,
        encapIps: chassis.tunnel?.addresses ?? [],
        mtu: await mtu.get(chassis.tunnel, signal),
        agentVersion,
        wires: this.#options.wires.wires,
        taps: this.#options.taps.taps,
      };
      const stored = (await this.#object.read(options)) ?? (await this.#create(options));
      const before = ovnNodeStatusSchema.safeParse(stored["status"] ?? {}).data;
      const status = ovnNodeStatus(facts, before, new Date(clock.now()).toISOString());
      if (!saysTheSame(before, status)) {
        // A merge patch keeps fields that it does not name.
        const body = { metadata: { uid: stored.metadata.uid }, status: { systemId: null, ...status } };
        await this.#api.patch({ name: nodeName }, "merge", body, { ...options, subresource: "status" });
        const [wires, taps] = [status.wires?.length ?? 0, status.taps?.length ?? 0];
        logger.info({ node: nodeName, ...facts, wires, taps }, "node published");
      }
      metrics.set(published, {}, 1);
      return {};
    } catch (error) {
      metrics.set(published, {}, 0);
      throw error;
    }
  }

  async #create(options: { readonly signal: AbortSignal; readonly deadlineMs: number }): Promise<KubeObject> {
    const { nodeName } = this.#options;
    const { uid } = (await this.#nodes.get({ name: nodeName }, options)).metadata;
    const owner = { apiVersion: apiVersionOf(resources.nodes), kind: resources.nodes.kind, name: nodeName, uid };
    const { ovnNodes } = resources;
    const kind = { apiVersion: apiVersionOf(ovnNodes), kind: ovnNodes.kind };
    const body = { ...kind, metadata: { name: nodeName, ownerReferences: [owner] } };
    try {
      return await this.#api.create(undefined, body, options);
    } catch (caught) {
      if (!isAlreadyExists(caught)) throw caught;
      return this.#api.get({ name: nodeName }, options);
    }
  }

  /** The database tells of each port that comes or goes, so that only another chassis is a reason for a pass. */
  async #followChassis(add: () => void, signal: AbortSignal): Promise<void> {
    const { bridge } = this.#options;
    let known = "";
    while (!signal.aborted) {
      const seen = bridge.changes;
      const now = JSON.stringify(bridge.chassis);
      if (now !== known) add();
      known = now;
      await bridge.whenChanged(seen, { signal }).catch(() => undefined);
    }
  }
}
