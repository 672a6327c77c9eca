// Keeps networks in NB while the cluster runs: a Network object becomes a switch with its router port, which are
// removed when no pod uses them.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { setFinalizerPatch } from "#src/kube/finalizers.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { objectKey } from "#src/kube/client/kube-object.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { adopterOf } from "#src/ovn/network-rows-adopted.ts";
import type { TopologyConfig } from "#src/ovn/topology.ts";
import { newsIn } from "../conditions/conditions.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { GatewayWatch } from "../topology/gateway-watch.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { type NetworkObject, networkFinalizer, ownFinalizers, projectNetwork } from "./network-object.ts";
import { NetworkReconciler } from "./network-reconciler.ts";
import { networksWithRows, OrphanedRows } from "./orphaned-rows.ts";
import { StatusPace } from "./status-pace.ts";
import { isSameStatus, networkStatus, type NetworkOutcome } from "./network-status.ts";
import type { NodeChassis } from "../chassis/node-chassis.ts";
import { type TouchedNetworks, touchedBy } from "./touched-networks.ts";

export interface NetworkControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly topology: TopologyConfig;
  /** Label selector of the nodes whose chassis carry the gateway. It counts when the topology names no chassis. */
  readonly gatewaySelector: string;
  /** The chassis of the nodes, as their agents published them. */
  readonly chassis?: Pick<NodeChassis, "of" | "onChange"> | undefined;
  readonly events: Pick<EventRecorder, "record">;
  /** The time by which pool usage may lag behind in the status, so that a burst of pods is one write. */
  readonly usageDelayMs: number;
  /** The time that rows must be without their Network before they are removed. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "networks";
/** The key of the topology in the queue. No object has it: keys of objects have a slash. */
const topologyKey = "topology";
/** Begins the key of a Network that may be gone. Its UID follows. */
const orphanPrefix = "rows-of:";
const callMs = 15_000;
/** The message of an Event for a condition that has come to hold. */
const goodNews: Readonly<Record<string, string>> = {
  AddressesInRange: "all pods hold addresses that the network hands out",
  AddressesFree: "the network has free addresses again",
  RoutesComplete: "all pods have routes to all subnets of the network",
};

/**
 * Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided.
 */
export class NetworkController {
  readonly #options: NetworkControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #informer: Informer<NetworkObject, "uid" | "name">;
  readonly #gateways: GatewayWatch | undefined;
  readonly #writer: RowWriter;
  readonly #reconciler: NetworkReconciler;
  readonly #orphans: OrphanedRows;
  readonly #pace: StatusPace;

  constructor(options: NetworkControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, clock, logger, metrics } = options;
    this.#api = new ResourceApi(client, resources.networks);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#informer = new Informer({
      name: controller,
      client,
      resource: resources.networks,
      clock,
      logger,
      metrics,
      project: projectNetwork,
      indexers: { uid: ({ uid }) => [uid], name: ({ name }) => [name] },
    });
    this.#pace = new StatusPace(clock, options.usageDelayMs);
    this.#gateways = this.#watchGateways();
    this.#writer = new RowWriter(nb, cluster);
    this.#reconciler = new NetworkReconciler({
      nb,
      writer: this.#writer,
      topology: () => this.#topology(),
      now: () => this.#now(),
    });
    this.#orphans = new OrphanedRows({
      liveUids: async (call) => new Set((await this.#api.list({}, call)).items.map(({ metadata }) => metadata.uid)),
      isKnown: (uid) => this.#informer.byIndex("uid", uid).length > 0,
      isAdopter: (uid) => [...nb.rows(logicalSwitch).values()].some((row) => adopterOf(row) === uid),
      withRows: () => networksWithRows(this.#writer.owned),
      reconciler: this.#reconciler,
      settleMs: options.settleMs,
      clock,
      logger,
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const add = (network: NetworkObject): void => {
      this.#queue.add(objectKey(network.object));
    };
    this.#informer.addHandler({
      added: add,
      updated: (_old, network) => {
        add(network);
      },
      deleted: ({ uid }) => {
        this.#orphans.deleted(uid);
        this.#pace.forget(uid);
        this.#queue.add(orphanPrefix + uid);
        this.#addRefused();
      },
    });
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(touchedBy(changes));
      },
      synced: () => {
        this.#writer.changed();
        this.#addAll();
      },
      lost: () => {},
    });
    // The first pass covers rows that exist already: no event will report them.
    this.#queue.add(topologyKey);
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop);
    // There is one worker: of two Networks that want the same name or prefix, the second finds the rows of the first.
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watched = [this.#informer, ...(this.#gateways === undefined ? [] : [this.#gateways])];
    const informing = watched.map((one) => one.run(signal));
    // Without the labels of the nodes the gateway would be taken from all of them.
    await Promise.all(watched.map((one) => one.whenSynced({ signal }))).catch(() => undefined);
    this.#addOrphans();
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    unfollow();
    this.#queue.close();
  }

  /** Undefined without an uplink, or when --gateway-chassis names the chassis. */
  #watchGateways(): GatewayWatch | undefined {
    const { topology, gatewaySelector: selector, chassis: published, client, clock, logger, metrics } = this.#options;
    if (topology.uplink === undefined || topology.gatewayChassis.length > 0) return undefined;
    const onChange = (): void => {
      logger.info({ chassis: this.#gateways?.chassis }, "chassis of the gateway changed");
      this.#addAll();
    };
    return new GatewayWatch({ selector, published, onChange, client, clock, logger, metrics });
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  #topology(): TopologyConfig {
    const { topology } = this.#options;
    return this.#gateways === undefined ? topology : { ...topology, gatewayChassis: this.#gateways.chassis };
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const options = { signal, deadlineMs: this.#options.clock.monotonicMs() + callMs };
    await this.#options.nb.waitForSession(options);
    if (key === topologyKey) {
      const conflict = await this.#reconciler.bringTopology(options);
      if (conflict) this.#options.logger.error({ conflict }, "a row of somebody else has a name of the topology");
      return {};
    }
    if (key.startsWith(orphanPrefix)) return this.#orphans.reconcile(key.slice(orphanPrefix.length), options);
    const network = this.#informer.get(key);
    if (network === undefined) return {};
    if (network.deleting) return this.#remove(network, options);
    const finalizing = setFinalizerPatch(network.object, networkFinalizer, true);
    // The answer of the watch brings the key back. Then the finalizer is in place before anything is made in NB.
    if (finalizing !== undefined) await this.#patch(network, finalizing, options);
    else {
      await this.#reconciler.bringTopology(options);
      return this.#tell(network, await this.#reconciler.bring(network, options), options);
    }
    return {};
  }

  async #remove(network: NetworkObject, options: { readonly signal: AbortSignal }): Promise<ReconcileResult> {
    const { finalizers = [] } = network.object.metadata;
    const mine = finalizers.filter((one) => ownFinalizers.has(one));
    if (mine.length === 0) return {};
    const waiting = await this.#reconciler.remove(network, options);
    if (waiting !== undefined) return this.#tell(network, waiting, options);
    const { uid, resourceVersion } = network.object.metadata;
    const left = finalizers.filter((one) => !ownFinalizers.has(one));
    await this.#patch(network, { metadata: { uid, resourceVersion, finalizers: left } }, options);
    this.#options.logger.info({ namespace: network.namespace, network: network.name }, "network removed");
    return {};
  }

  /** Writes the status when it says something new, and an Event for each condition with another reason than before. */
  async #tell(
    network: NetworkObject,
    outcome: NetworkOutcome,
    options: { readonly signal: AbortSignal },
  ): Promise<ReconcileResult> {
    const { events, logger } = this.#options;
    const { namespace, name, uid, status: before } = network;
    const status = networkStatus(outcome, network, this.#now());
    if (isSameStatus(status, before)) return {};
    const news = newsIn(status, before);
    const isNews = news.some(({ type }) => type === "Ready") || before?.observedGeneration !== network.generation;
    const waitMs = this.#pace.untilNext(uid, isNews);
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    await this.#patch(network, { metadata: { uid }, status }, { ...options, subresource: "status" });
    this.#pace.written(uid);
    const { networks } = resources;
    for (const { type, status: holds, reason, message } of news) {
      logger.info({ namespace, network: name, condition: type, reason, message }, "network status changed");
      events.record({
        subject: { apiVersion: apiVersionOf(networks), kind: networks.kind, namespace, name, uid },
        type: holds === "True" ? "Normal" : "Warning",
        reason,
        message: message === "" ? (goodNews[type] ?? "the network is there") : message,
      });
    }
    return {};
  }

  async #patch(
    { namespace, name }: NetworkObject,
    body: object,
    options: { readonly signal: AbortSignal; readonly subresource?: string },
  ): Promise<void> {
    try {
      await this.#api.patch({ namespace, name }, "merge", body, options);
    } catch (caught) {
      // The Network is gone. Nobody is left to be told, and the informer will know in a moment.
      if (!isNotFound(caught)) throw caught;
    }
  }

  #nbChanged({ own, networks, used, names }: TouchedNetworks): void {
    if (own) {
      this.#writer.changed();
      this.#queue.add(topologyKey);
      this.#addRefused();
    }
    for (const uid of networks) this.#addByIndex("uid", uid);
    if (networks.size > 0) this.#addOrphans();
    for (const name of names) this.#addByIndex("name", name);
    for (const uid of used) {
      if (this.#informer.byIndex("uid", uid).length === 0) this.#queue.add(orphanPrefix + uid);
      for (const network of this.#informer.byIndex("uid", uid)) {
        this.#queue.addAfter(objectKey(network.object), network.deleting ? 0 : this.#options.usageDelayMs);
      }
    }
  }

  #addByIndex(index: "uid" | "name", value: string): void {
    for (const network of this.#informer.byIndex(index, value)) this.#queue.add(objectKey(network.object));
  }

  #addAll(): void {
    this.#queue.add(topologyKey);
    for (const network of this.#informer.values()) this.#queue.add(objectKey(network.object));
    this.#addOrphans();
  }

  #addOrphans(): void {
    if (!this.#informer.hasSynced) return;
    for (const uid of this.#orphans.candidates()) this.#queue.add(orphanPrefix + uid);
  }

  /** The name and subnets that one Network had are free now, perhaps for another that was refused. */
  #addRefused(): void {
    for (const network of this.#informer.values()) {
      if (network.status?.state !== "Created") this.#queue.add(objectKey(network.object));
    }
  }
}
