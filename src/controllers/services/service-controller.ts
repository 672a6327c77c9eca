// Serves Services on networks: a Service with our label becomes load balancers of OVN, with an address of the network.
import type { RowChange } from "ovsdb-client";
import { hasLabels } from "#src/api/network/label-selector.ts";
import { serviceProxy } from "#src/api/service/service-config.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import {
  isOutsideHold,
  outsideServiceRows,
  serviceRows,
  serviceScope,
  servicesWithRows,
} from "#src/ovn/rows/service-rows.ts";
import type { NbView } from "../allocations/nb-view.ts";
import { freedBy } from "../holds/freed-addresses.ts";
import type { LabelledNamespaces } from "../holds/labelled-namespaces.ts";
import type { ToldAddresses } from "../holds/told-addresses.ts";
import { WaitingObjects } from "../holds/waiting-objects.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { OrphanedRows } from "../northbound/orphaned-rows.ts";
import { touchedBy } from "../northbound/touched-networks.ts";
import { isAlikeIn, type NetworkedPod } from "../pods/networked-pod.ts";
import type { NetworkedPods } from "../pods/networked-pods.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { AddressHolders } from "./address-holders.ts";
import { groupWrites } from "./group-writes.ts";
import { OutsideHolds } from "./outside-holds.ts";
import { decideService, type ServiceDecision } from "./service-decision.ts";
import {
  backendFields,
  type BackendPod,
  projectService,
  serviceIndexers,
  type ServiceNetwork,
  type ServiceObject,
} from "./service-object.ts";
import { ServiceMeasures } from "./service-measures.ts";
import { ServiceNetworks } from "./service-networks.ts";
import { ServiceTeller } from "./service-teller.ts";
import { allFormer, FormerServices } from "./service-traces.ts";
import { touchedServices, touchesGroup } from "./touched-services.ts";

export interface ServiceControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  readonly pods: Pick<NetworkedPods, "follow" | "byIndex">;
  /** The holders of addresses. */
  readonly view: Pick<NbView, "index">;
  readonly waysOut: WaysOut;
  /** All objects that were told an address outside. */
  readonly told: ToldAddresses;
  readonly namespaces: Pick<LabelledNamespaces, "follow" | "of">;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly events: Pick<EventRecorder, "record">;
  /** The time that rows must be without their Service before they are removed, where nobody saw the Service go. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "services";
const callMs = 15_000;
/** So many of those who wait are looked at when something became free. The next ones follow when these have gone on. */
const wakeCount = 16;
/** The key of the pass over what all Services share. A Service has its UID as its key. */
const shared = "group";
/** The key by which all Services are looked at again, once for many changes. */
const everything = "all";

/** Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided. */
export class ServiceController {
  readonly #options: ServiceControllerOptions;
  readonly #queue: WorkQueue;
  readonly #services: Informer<ServiceObject, "uid" | "namespace" | "promised" | "outside">;
  readonly #networks: ServiceNetworks;
  readonly #writer: RowWriter;
  readonly #orphans: OrphanedRows;
  readonly #teller: ServiceTeller;
  readonly #outside: OutsideHolds;
  readonly #former: FormerServices;
  /** The Services that wait for an address outside, by UID. */
  readonly #waiting = new WaitingObjects();
  /** False when the group of all load balancers may lack one, or a switch. */
  #isShared = false;
  readonly #measures: ServiceMeasures;
  readonly #all = (): void => {
    this.#queue.add(everything);
  };
  readonly #namespaceChanged = (name: string): void => {
    for (const { uid } of this.#services.byIndex("namespace", name)) this.#queue.add(uid);
  };
  readonly #podHandler: InformerHandler<NetworkedPod> = {
    added: (pod) => {
      this.#podChanged(pod);
    },
    updated: (old, pod) => {
      if (!isAlikeIn(backendFields, old, pod)) this.#podChanged(old, pod);
    },
    deleted: (pod) => {
      this.#podChanged(pod);
    },
  };

  constructor(options: ServiceControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, view, waysOut, told, events, settleMs, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    const api = new ResourceApi(client, resources.services);
    const labelSelector = `${serviceProxy.label}=${serviceProxy.value}`;
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#writer = new RowWriter(nb, cluster);
    this.#measures = new ServiceMeasures(metrics);
    this.#teller = new ServiceTeller({ api, events, clock, logger });
    this.#former = new FormerServices({ api, logger });
    this.#outside = new OutsideHolds({ index: view.index, waysOut, told, writer: this.#writer, clock });
    told.add({
      uidsWith: (address) => this.#services.byIndex("outside", address).map(({ uid }) => uid),
      whenKnown: (call) => this.#services.whenSynced(call),
    });
    this.#orphans = new OrphanedRows({
      kind: "service",
      liveUids: async (call) =>
        new Set((await api.list({ labelSelector }, call)).items.map(({ metadata }) => metadata.uid)),
      isKnown: (uid) => this.#services.byIndex("uid", uid).length > 0,
      isAdopter: () => false,
      withRows: () => servicesWithRows(this.#writer.owned),
      remove: (uid, call) => this.#writer.bring(serviceScope(uid), [], [], call),
      settleMs,
      clock,
      logger,
    });
    this.#services = new Informer({
      ...parts,
      name: controller,
      resource: resources.services,
      labelSelector,
      project: projectService,
      indexers: serviceIndexers,
    });
    this.#networks = new ServiceNetworks({
      ...parts,
      owned: () => this.#writer.owned,
      onChange: this.#all,
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const one = ({ uid }: ServiceObject): void => {
      this.#queue.add(uid);
    };
    this.#services.addHandler({
      added: one,
      updated: (_, now) => {
        one(now);
      },
      deleted: ({ uid, namespace, name }) => {
        this.#orphans.deleted(uid);
        this.#former.gone(uid, { namespace, name });
        this.#queue.add(uid);
      },
    });
    const { nb, waysOut, clock, logger, metrics } = this.#options;
    const unlisten = waysOut.onChange((uplink) => {
      this.#uplinkChanged(uplink);
    });
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#writer.changed();
        this.#all();
      },
      lost: () => {},
    });
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watched = [this.#services, this.#networks];
    const informing = watched.map((informer) => informer.run(signal));
    // Before Services and networks are known every row would seem to be of a Service that is gone.
    await Promise.all(watched.map((informer) => informer.whenSynced({ signal }))).catch(() => undefined);
    this.#all();
    for (const uid of servicesWithRows(this.#writer.owned)) this.#queue.add(uid);
    this.#queue.add(allFormer);
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    unfollow();
    unlisten();
    this.#queue.close();
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, pods, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    if (key === shared) return this.#share(options);
    if (key === everything) return this.#addAll();
    const [service] = this.#services.byIndex("uid", key);
    if (service === undefined || service.deleting) return this.#remove(key, service, options);
    // Where nobody has Services no pod is watched for them.
    await pods.follow(this.#podHandler, options);
    await this.#networks.whenDefinitionsKnown(options);
    await this.#serve(service, options);
    this.#measures.tell(this.#networks.values());
    return {};
  }

  async #serve(service: ServiceObject, options: CallOptions): Promise<void> {
    const { uid: key, config } = service;
    const network = this.#networks.of(service);
    const labels = await this.#labelsOf(service, network, options);
    const decision = this.#decide(service, network, labels);
    const wish = typeof config === "string" ? undefined : config.outside;
    const isAsking = decision.kind === "served" && network !== undefined && wish !== undefined;
    // An address stays the Service's until it does not ask any more, whatever is wrong meanwhile.
    const kept = service.asksOutside ? this.#outside.keep(service) : undefined;
    const outside = isAsking ? await this.#outside.hold(service, wish, network, labels, options) : kept;
    const rows = decision.kind === "served" ? serviceRows(decision.service) : [];
    const rowsOutside =
      decision.kind === "served" && outside?.rows !== undefined
        ? outsideServiceRows(decision.service, outside.rows)
        : [];
    const keeps = (id: string): boolean => service.asksOutside && isOutsideHold(id);
    const conflict = await this.#writer.bring(serviceScope(key), [...rows, ...rowsOutside], [], options, keeps);
    if (conflict !== undefined)
      throw new AppError("RowsChanged", `somebody else has ${conflict.table} ${conflict.name}`);
    await this.#share(options);
    await this.#teller.tell(service, decision, outside, options);
    this.#measures.set(key, decision, outside, network);
    const before = this.#waiting.set(key, service, outside?.waitsFor);
    // It has gone on, so that the next one that waits for the same may find something.
    if (before !== undefined && before !== outside?.waitsFor) this.#wake(before);
  }

  /** Namespaces are watched where their labels decide. */
  async #labelsOf(
    { namespace: name }: ServiceObject,
    network: ServiceNetwork | undefined,
    options: CallOptions,
  ): Promise<Readonly<Record<string, string>>> {
    const uplink = network?.uplink;
    const gateway = uplink === undefined ? undefined : this.#options.view.index.floating.gateway(uplink);
    const isSelected = typeof network?.allowed === "object" && network.allowed.selector !== undefined;
    if (!isSelected && gateway?.namespaceSelector === undefined) return {};
    const { namespaces } = this.#options;
    await namespaces.follow(this.#namespaceChanged, options);
    return namespaces.of(name);
  }

  #decide(
    service: ServiceObject,
    network: ServiceNetwork | undefined,
    namespaceLabels: Readonly<Record<string, string>>,
  ): ServiceDecision {
    const { nb, pods, cluster } = this.#options;
    const holders = new AddressHolders(nb, cluster, network?.uid ?? "", service);
    return decideService(service, {
      network,
      namespaceLabels,
      held: holders.held,
      holderOf: (address: IpAddress) => holders.of(address),
      isReserved: (address) => holders.isReserved(address),
      isPromised: (address) =>
        this.#services.byIndex("promised", printIp(address)).some(({ uid }) => uid !== service.uid),
      pods: pods.byIndex("namespace", service.namespace),
      addressesOf: (podUid) => holders.addressesOfPod(podUid),
    });
  }

  /**
   * Puts new load balancers into the group, and the group onto the router and the switches of networks that have a port there.
   * Without a change since the last time it has nothing to do.
   */
  async #share(options: CallOptions): Promise<ReconcileResult> {
    if (this.#isShared) return {};
    const { nb, cluster } = this.#options;
    const routed = [...this.#networks.values()].flatMap((one) => (one?.routed === true ? [one.uid] : []));
    // A change that comes during the write is not of it.
    this.#isShared = true;
    try {
      await this.#writer.write(groupWrites(nb, cluster, this.#writer.owned, routed), options);
    } catch (caught) {
      this.#isShared = false;
      throw caught;
    }
    return {};
  }

  #addAll(): ReconcileResult {
    this.#isShared = false;
    this.#queue.add(shared);
    for (const { uid } of this.#services.values()) this.#queue.add(uid);
    // NB may have been restored to a time when Services were there that are gone.
    if (this.#services.hasSynced) for (const uid of this.#orphans.candidates()) this.#queue.add(uid);
    return {};
  }

  async #remove(uid: string, service: ServiceObject | undefined, options: CallOptions): Promise<ReconcileResult> {
    this.#measures.forget(uid);
    this.#outside.forget(uid);
    const cause = this.#waiting.forget(uid);
    if (cause !== undefined) this.#wake(cause);
    if (service !== undefined) {
      await this.#writer.bring(serviceScope(uid), [], [], options);
    } else {
      await this.#former.clear(uid, options);
      const result = await this.#orphans.reconcile(uid, options);
      if (result.requeueAfterMs !== undefined) return result;
    }
    this.#measures.tell(this.#networks.values());
    return this.#share(options);
  }

  #podChanged(...states: readonly BackendPod[]): void {
    const [{ namespace } = { namespace: "" }] = states;
    for (const { uid, config } of this.#services.byIndex("namespace", namespace)) {
      if (typeof config !== "string" && states.some((pod) => hasLabels(pod.labels, config.selector)))
        this.#queue.add(uid);
    }
  }

  /** The Uplink of a network may be there now, or its gateway have been made again. */
  #uplinkChanged(uplink: string): void {
    for (const service of this.#services.values()) {
      if (this.#networks.of(service)?.uplink === uplink) this.#queue.add(service.uid);
    }
  }

  #wake(cause: string): void {
    for (const uid of this.#waiting.oldest(cause, wakeCount)) this.#queue.add(uid);
  }

  /** A Service that was refused may get one of the addresses, and one that has one may not be the only one. */
  #addressesMoved(addresses: ReadonlySet<string>): void {
    for (const { uid, config } of this.#services.values()) {
      const isNamed = typeof config !== "string" && config.addresses.some((one) => addresses.has(one));
      if (isNamed || this.#measures.stateOf(uid) !== "served") this.#queue.add(uid);
    }
  }

  #nbChanged(changes: readonly RowChange[]): void {
    const { own } = touchedBy(changes);
    const { uids, addresses, foreign } = touchedServices(changes, this.#options.cluster);
    if (own || uids.size > 0) this.#writer.changed();
    if (own || uids.size > 0 || touchesGroup(changes)) {
      this.#isShared = false;
      this.#queue.add(shared);
    }
    for (const cause of freedBy(changes)) this.#wake(cause);
    if (own || foreign) {
      this.#all();
      return;
    }
    for (const uid of uids) this.#queue.add(uid);
    if (addresses.size > 0) this.#addressesMoved(addresses);
    for (const { before, after } of changes) {
      const ids = (after ?? before)?.["external_ids"] as ReadonlyMap<string, string> | undefined;
      const podUid = ids === undefined ? undefined : portOwner(ids)?.podUid;
      const [pod] = podUid === undefined || podUid === "" ? [] : this.#options.pods.byIndex("uid", podUid);
      if (pod !== undefined) this.#podChanged(pod);
    }
  }
}
