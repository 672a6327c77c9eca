// Keeps networks in NB while the cluster runs: a Network becomes a switch with its router port, a ProviderNetwork a switch with
// its port to the wire. They are removed when no pod uses them.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { setFinalizerPatch } from "#src/kube/finalizers.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { apiVersionOf } from "#src/kube/client/resources.ts";
import { gatewayRetryLimits, RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { adopterOf } from "#src/ovn/rows/network-rows-adopted.ts";
import { chassisInNb, memberOutIn } from "#src/ovn/links/pair-watch.ts";
import { type TopologyConfig, topologyScope } from "#src/ovn/rows/topology.ts";
import { isSameStatus, newsIn } from "../conditions/conditions.ts";
import type { PairedGateways } from "../fail-over/fail-over.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { GatewayWatch } from "../topology/gateway-watch.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { NetworkInformers, networkKey } from "./network-informers.ts";
import { isOwnFinalizer, networkFinalizer, networkKinds, type NetworkObject, uplinkOf } from "./network-object.ts";
import { NetworkReconciler } from "./network-reconciler.ts";
import { OrphanedRows } from "../northbound/orphaned-rows.ts";
import { networksWithRows } from "./networks-with-rows.ts";
import { StatusPace } from "./status-pace.ts";
import { networkStatus, type NetworkOutcome } from "./network-status.ts";
import type { WireController } from "../wires/wire-controller.ts";
import type { GatewayChassis } from "../chassis/chassis-owners.ts";
import { type TouchedNetworks, touchedBy } from "../northbound/touched-networks.ts";
import type { RouterPortUsers } from "../topology/router-port-users.ts";
import { noWaysOut, type WaysOut } from "./way-out-source.ts";

export interface NetworkControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly topology: TopologyConfig;
  /** Label selector of the nodes whose chassis carry the gateway. It counts when the topology names no chassis. */
  readonly gatewaySelector: string;
  /** The chassis of the nodes, as their agents published them. */
  readonly chassis?: GatewayChassis | undefined;
  /** The nodes that carry wires. Without it no node does. */
  readonly wires?: Pick<WireController, "nodes" | "onChange" | "hasSynced" | "whenSynced"> | undefined;
  /** The ProviderNetworks at the ends of chains. Without it there are none. */
  readonly routerPortUsers?: RouterPortUsers;
  /** The ways out of the networks that name an Uplink. */
  readonly waysOut?: WaysOut;
  /** Says which chassis of a pair is out of the group of its gateway. Without it none is. */
  readonly failOver?: PairedGateways | undefined;
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
/** The words of agents that come in this time lead to one write of the status. */
const gatherMs = 200;
/** The message of an Event for a condition that has come to hold. */
const goodNews: Readonly<Record<string, string>> = {
  AddressesInRange: "all pods hold addresses that the network hands out",
  AddressesFree: "the network has free addresses again",
  NodesReady: "all nodes that are to carry the network do",
  RouterPort: "the port of the router for chains is there",
  RoutesComplete: "all pods have routes to all subnets of the network",
};

/**
 * Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided.
 */
export class NetworkController {
  readonly #options: NetworkControllerOptions;
  readonly #queue: WorkQueue;
  readonly #informers: NetworkInformers;
  readonly #gateways: GatewayWatch | undefined;
  readonly #writer: RowWriter;
  readonly #reconciler: NetworkReconciler;
  readonly #orphans: OrphanedRows;
  readonly #pace: StatusPace;

  constructor(options: NetworkControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, clock, logger, metrics } = options;
    this.#queue = new WorkQueue({ name: controller, clock, metrics, limiter: new RetryLimiter(gatewayRetryLimits) });
    this.#informers = new NetworkInformers({ client, clock, logger, metrics });
    this.#pace = new StatusPace(clock, options.usageDelayMs);
    this.#gateways = this.#watchGateways();
    this.#writer = new RowWriter(nb, cluster);
    this.#reconciler = new NetworkReconciler({
      nb,
      writer: this.#writer,
      topology: () => this.#topology(),
      wiredNodes: () => this.#options.wires?.nodes() ?? [],
      networks: () => this.#informers.ofKind("Network"),
      providerNetworks: () => this.#informers.ofKind("ProviderNetwork"),
      routerPorts: () => ({
        ends: this.#routerPortEnds(),
        chassisOf: (node) => this.#chassisOf(node),
      }),
      outOf: (uid, chassis, absent) => this.#outOf(uid, chassis, absent),
      waysOut: options.waysOut ?? noWaysOut,
      now: () => this.#now(),
    });
    this.#orphans = new OrphanedRows({
      kind: "network",
      liveUids: (call) => this.#informers.liveUids(call),
      isKnown: (uid) => this.#informers.by("uid", uid).length > 0,
      isAdopter: (uid) => [...nb.rows(logicalSwitch).values()].some((row) => adopterOf(row) === uid),
      withRows: () => networksWithRows(this.#writer.owned),
      remove: (uid, call) => this.#reconciler.remove({ uid }, call),
      settleMs: options.settleMs,
      clock,
      logger,
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
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
    this.#options.wires?.onChange(() => {
      for (const network of this.#informers.ofKind("ProviderNetwork"))
        this.#queue.addAfter(networkKey(network), gatherMs);
    });
    const again = (): void => {
      for (const network of this.#informers.ofKind("ProviderNetwork")) this.#queue.add(networkKey(network));
    };
    const leave = [this.#options.routerPortUsers?.onChange(again), this.#options.chassis?.onChange(again)];
    const leaveWays = this.#options.waysOut?.onChange((uplink) => {
      for (const network of this.#informers.ofKind("Network")) {
        if (uplinkOf(network) === uplink) this.#queue.add(networkKey(network));
      }
      // The status of a ProviderNetwork names the gateways on it.
      again();
    });
    const leavePairs = this.#options.failOver?.onChange((scope) => {
      if (scope === topologyScope) this.#queue.add(topologyKey);
      else this.#addByIndex("uid", scope);
    });
    // The first pass covers rows that exist already: no event will report them.
    this.#queue.add(topologyKey);
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop);
    // There is one worker: of two Networks that want the same name or prefix, the second finds the rows of the first.
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const gateways = this.#gateways === undefined ? [] : [this.#gateways];
    const watched = [this.#informers, ...gateways];
    const informing = [this.#informers.run(this.#handler, signal), ...gateways.map((one) => one.run(signal))];
    // Without the labels of the nodes the gateway would be taken from all of them.
    await Promise.all(watched.map((one) => one.whenSynced({ signal }))).catch(() => undefined);
    this.#addOrphans();
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    unfollow();
    for (const one of [...leave, leaveWays, leavePairs]) one?.();
    this.#queue.close();
  }

  /** Before the agents' words on wires were read, every node would seem to carry none. */
  #routerPortEnds(): ReadonlySet<string> | undefined {
    const { routerPortUsers, wires } = this.#options;
    if (routerPortUsers === undefined) return new Set();
    return wires?.hasSynced === false ? undefined : routerPortUsers.ends;
  }

  readonly #handler = {
    changed: (network: NetworkObject): void => {
      this.#queue.add(networkKey(network));
      this.#addReached(network);
    },
    deleted: (network: NetworkObject): void => {
      const { uid } = network;
      this.#addReached(network);
      this.#options.failOver?.forget(uid);
      this.#orphans.deleted(uid);
      this.#pace.forget(uid);
      this.#queue.add(orphanPrefix + uid);
      this.#addRefused();
    },
  };

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
    if (topology.uplink === undefined) return topology;
    const gatewayChassis = this.#gatewayChassis();
    return { ...topology, gatewayChassis, gatewayOut: this.#outOf(topologyScope, gatewayChassis) };
  }

  /** While the words of agents were not read, the gateway stays where it is: the name of a node may be no chassis at all. */
  #gatewayChassis(): readonly string[] {
    if (this.#gateways === undefined) return this.#options.topology.gatewayChassis;
    return this.#gateways.chassis ?? chassisInNb(this.#writer.owned, topologyScope);
  }

  /** Undefined or "" for a node whose chassis carries no port of the router. */
  #chassisOf(node: string): string | undefined {
    const { chassis } = this.#options;
    return chassis?.isRefuted(node) === true ? "" : chassis?.of(node);
  }

  /** The one of two chassis that is out of the group in this scope. */
  #outOf(scope: string, chassis: readonly string[], absent: readonly string[] = []): string | undefined {
    const inNb = (pair: readonly string[]) => memberOutIn(this.#writer.owned, scope, pair);
    return this.#options.failOver?.outOf(scope, chassis, { inNb, absent });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const options = { signal, deadlineMs: this.#options.clock.monotonicMs() + callMs };
    await this.#options.nb.waitForSession(options);
    if (key === topologyKey) {
      const conflict = await this.#reconciler.bringTopology(options);
      if (conflict !== undefined)
        this.#options.logger.error({ ...conflict }, "a row of somebody else has a name of the topology");
      return {};
    }
    if (key.startsWith(orphanPrefix)) return this.#orphans.reconcile(key.slice(orphanPrefix.length), options);
    const network = this.#informers.get(key);
    if (network === undefined) return {};
    if (network.deleting) return this.#remove(network, options);
    const finalizing = setFinalizerPatch(network.object, networkFinalizer, true);
    // The answer of the watch brings the key back. Then the finalizer is in place before anything is made in NB.
    if (finalizing !== undefined) await this.#informers.patch(network, finalizing, options);
    else {
      const conflict = await this.#reconciler.bringTopology(options);
      return this.#tell(network, await this.#reconciler.bring(network, options, conflict), options);
    }
    return {};
  }

  async #remove(network: NetworkObject, options: { readonly signal: AbortSignal }): Promise<ReconcileResult> {
    const { finalizers = [] } = network.object.metadata;
    const mine = finalizers.filter((one) => isOwnFinalizer(network.kind, one));
    if (mine.length === 0) return {};
    const waiting = await this.#reconciler.remove(network, options);
    if (waiting !== undefined) {
      const told = await this.#tell(network, waiting, options);
      // While something uses it, the port of the router on it follows the nodes, and fails over.
      if (network.kind === "ProviderNetwork") await this.#reconciler.bring(network, options);
      return told;
    }
    const { uid, resourceVersion } = network.object.metadata;
    const left = finalizers.filter((one) => !isOwnFinalizer(network.kind, one));
    await this.#informers.patch(network, { metadata: { uid, resourceVersion, finalizers: left } }, options);
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
    if (isSameStatus(networkKinds[network.kind].statusSchema, status, before)) return {};
    const news = newsIn(status, before);
    const isSameRouter = status.routerAddresses?.join() === before?.routerAddresses?.join();
    const isSeen = before?.observedGeneration === network.generation;
    const isNews = news.some(({ type }) => type === "Ready") || !isSeen || !isSameRouter;
    const waitMs = this.#pace.untilNext(uid, isNews);
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    await this.#informers.patch(network, { metadata: { uid }, status }, { ...options, subresource: "status" });
    this.#pace.written(uid);
    const { resource } = networkKinds[network.kind];
    for (const { type, status: holds, reason, message } of news) {
      logger.info({ namespace, network: name, condition: type, reason, message }, "network status changed");
      events.record({
        subject: { apiVersion: apiVersionOf(resource), kind: resource.kind, namespace, name, uid },
        type: holds === "True" ? "Normal" : "Warning",
        reason,
        message: message === "" ? (goodNews[type] ?? "the network is there") : message,
      });
    }
    return {};
  }

  #nbChanged({ own, networks, used, names }: TouchedNetworks): void {
    if (own) {
      this.#writer.changed();
      this.#queue.add(topologyKey);
      this.#addRefused();
    }
    for (const uid of networks) {
      this.#addByIndex("uid", uid);
      for (const network of this.#informers.by("uid", uid)) this.#addReached(network);
    }
    if (networks.size > 0) this.#addOrphans();
    for (const name of names) this.#addByIndex("name", name);
    for (const uid of used) {
      if (this.#informers.by("uid", uid).length === 0) this.#queue.add(orphanPrefix + uid);
      for (const network of this.#informers.by("uid", uid)) {
        this.#queue.addAfter(networkKey(network), network.deleting ? 0 : this.#options.usageDelayMs);
      }
    }
  }

  /** Others may let a Network in by its namespace, and need to know that it has a port on the router, or none any more. */
  #addReached({ namespace }: NetworkObject): void {
    for (const network of this.#informers.ofKind("Network")) {
      if (network.reachingNamespaces.includes(namespace)) this.#queue.add(networkKey(network));
    }
  }

  #addByIndex(index: "uid" | "name", value: string): void {
    for (const network of this.#informers.by(index, value)) this.#queue.add(networkKey(network));
  }

  #addAll(): void {
    this.#queue.add(topologyKey);
    for (const network of this.#informers.values()) this.#queue.add(networkKey(network));
    this.#addOrphans();
  }

  #addOrphans(): void {
    if (!this.#informers.hasSynced) return;
    for (const uid of this.#orphans.candidates()) this.#queue.add(orphanPrefix + uid);
  }

  /** The name and subnets that one Network had are free now, perhaps for another that was refused. */
  #addRefused(): void {
    for (const network of this.#informers.values()) {
      // Most of them stay refused. Many of one namespace do not keep the changes of others waiting.
      if (network.status?.state !== "Created") this.#queue.addWhenIdle(networkKey(network));
    }
  }
}
