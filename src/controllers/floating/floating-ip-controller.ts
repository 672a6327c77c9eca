// Keeps the addresses of FloatingIPs while the cluster runs: each holds one of its Uplink, which leads to the pod that the
// object selects, and moves to the next one.
import { changeIn, type RowChange } from "ovsdb-client";
import type { FloatingIpConfig } from "#src/api/floating-ip/floating-ip-config.ts";
import { matchesSelector } from "#src/api/network/label-selector.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { objectKey } from "#src/kube/client/kube-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { setFinalizerPatch } from "#src/kube/finalizers.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import { whenKindKnown } from "#src/kube/informer/kind-known.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { gatewayRouter, logicalSwitch } from "#src/ovn/nb-tables.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { NbView } from "../allocations/nb-view.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { OrphanedRows } from "../northbound/orphaned-rows.ts";
import type { NetworkedPods } from "../pods/networked-pods.ts";
import { FloatingIpIndex } from "./floating-ip-index.ts";
import { floatingIpFinalizer, type FloatingIpObject, projectFloatingIp, toldAddress } from "./floating-ip-object.ts";
import { FloatingIpReconciler } from "./floating-ip-reconciler.ts";
import { FloatingIpTeller } from "./floating-ip-teller.ts";
import { FloatingIpWriter } from "./floating-ip-writer.ts";
import { type FloatingPod, placeOfAllocation, placeOfSelector, placesOfPod } from "./floating-pods.ts";
import { poolOf, poolsOf } from "../holds/hold-decision.ts";
import type { LabelledNamespaces } from "../holds/labelled-namespaces.ts";
import type { ToldAddresses } from "../holds/told-addresses.ts";
import type { InsidePort } from "./target-decision.ts";
import { WaitingObjects } from "../holds/waiting-objects.ts";

export interface FloatingIpControllerOptions {
  readonly nb: NbFeed;
  /** The holders of addresses, and the ports of each allocation. */
  readonly view: Pick<NbView, "index" | "rows">;
  readonly waysOut: WaysOut;
  /** All objects that were told an address outside. */
  readonly told: ToldAddresses;
  readonly namespaces: Pick<LabelledNamespaces, "follow" | "of">;
  readonly client: ApiClient;
  readonly pods: Pick<NetworkedPods, "follow" | "byIndex" | "indexBy">;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly events: Pick<EventRecorder, "record">;
  /** The time that rows must be without their object before they are removed, where nobody saw the object go. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "floating-ips";
/** Begins the key of an object that may be gone. Its UID follows. */
const orphanPrefix = "rows-of:";
/** Begins the key of something that became free. It is followed by the words of those who wait for it. */
const freedPrefix = "freed:";
const callMs = 15_000;
/** So many of those who wait are looked at when something became free. The next ones follow when these have gone on. */
const wakeCount = 16;

/** Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided. */
export class FloatingIpController {
  readonly #options: FloatingIpControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #objects: Informer<FloatingIpObject, "uid" | "place" | "namespace" | "uplink" | "asked" | "told">;
  readonly #podHandler: InformerHandler<FloatingPod>;
  /** Finds pods by their place; undefined while there was no FloatingIP. */
  #podsAt: ((place: string) => Iterable<FloatingPod>) | undefined;
  readonly #rows: FloatingIpIndex;
  readonly #reconciler: FloatingIpReconciler;
  readonly #teller: FloatingIpTeller;
  readonly #orphans: OrphanedRows;
  readonly #waiting = new WaitingObjects();
  /** An Uplink may admit namespaces by their labels. */
  readonly #namespaceChanged = (name: string): void => {
    this.#addAllOf("namespace", name);
  };

  constructor(options: FloatingIpControllerOptions) {
    this.#options = options;
    const { nb, view, waysOut, told, namespaces, client, cluster, events, settleMs, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#api = new ResourceApi(client, resources.floatingIps);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#objects = new Informer({
      ...parts,
      name: controller,
      resource: resources.floatingIps,
      project: projectFloatingIp,
      indexers: {
        uid: ({ uid }) => [uid],
        namespace: ({ namespace }) => [namespace],
        place: ({ namespace, config }) =>
          typeof config === "string" ? [] : [placeOfSelector(namespace, config.selector)],
        uplink: ({ config }) => (typeof config === "string" ? [] : [config.uplink]),
        asked: ({ config }) => (typeof config === "string" ? [] : asked(config)),
        told: toldAddress,
      },
    });
    told.add({
      uidsWith: (address) =>
        this.#objects.byIndex("told", address).flatMap(({ uid, deleting }) => (deleting ? [] : [uid])),
      whenKnown: (call) => whenKindKnown(this.#objects, client, resources.floatingIps, call),
    });
    const podChanged = (...states: readonly FloatingPod[]): void => {
      for (const pod of states) this.#addSelecting(pod);
    };
    this.#podHandler = { added: podChanged, updated: podChanged, deleted: podChanged };
    this.#rows = new FloatingIpIndex(cluster);
    const writer = new FloatingIpWriter({ nb, cluster, index: this.#rows, gateways: view.index.floating });
    this.#reconciler = new FloatingIpReconciler({
      addresses: view.index,
      rows: this.#rows,
      writer,
      waysOut,
      clock,
      cluster: {
        labelsOf: (namespace) => namespaces.of(namespace),
        selected: (fip, config, first) => this.#selected(fip, config, first),
        portsOf: (pod) => this.#portsOf(pod),
        olderAsking: (fip, config) => this.#olderAsking(fip, config),
        isToldToOther: ({ uid }, ip) => told.isToldToOther(uid, ip),
        whenToldKnown: (call) => told.whenKnown(call),
      },
    });
    this.#teller = new FloatingIpTeller({ api: this.#api, events, clock, logger, metrics });
    this.#orphans = new OrphanedRows({
      kind: "floating address",
      liveUids: async (call) => new Set((await this.#api.list({}, call)).items.map(({ metadata }) => metadata.uid)),
      isKnown: (uid) => this.#objects.byIndex("uid", uid).length > 0,
      isAdopter: () => false,
      withRows: () => this.#rows.uids(),
      remove: (uid, call) => this.#reconciler.remove({ uid }, call),
      settleMs,
      clock,
      logger,
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { nb, waysOut, clock, logger, metrics } = this.#options;
    this.#handle();
    this.#rows.read(nb);
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#addAll();
      },
      lost: () => {},
    });
    const unlisten = waysOut.onChange((uplink) => {
      this.#addAllOf("uplink", uplink);
    });
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop);
    // There is one worker: of two objects that want the same address, the second finds the rows of the first.
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const informing = this.#objects.run(signal);
    await this.#objects.whenSynced({ signal }).catch(() => undefined);
    this.#addAll();
    await Promise.all([informing, runReconcileLoop(loop, signal)]);
    unlisten();
    unfollow();
    this.#queue.close();
  }

  #handle(): void {
    this.#objects.addHandler({
      added: ({ object }) => {
        this.#queue.add(objectKey(object));
      },
      updated: (_old, { object }) => {
        this.#queue.add(objectKey(object));
      },
      deleted: (fip) => {
        this.#queue.add(objectKey(fip.object));
        this.#teller.forget(fip.uid);
        this.#orphans.deleted(fip.uid);
        this.#queue.add(orphanPrefix + fip.uid);
        // It may have kept a younger one from the address without ever holding it.
        if (typeof fip.config !== "string" && fip.config.address !== undefined) {
          this.#queue.add(`${freedPrefix}address ${printIp(fip.config.address)}`);
        }
        // Its status may have kept an address from others that NB had lost.
        if (typeof fip.config !== "string") {
          for (const cause of poolsOf(fip.config.uplink)) this.#queue.add(freedPrefix + cause);
        }
      },
    });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, pods, namespaces, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    if (key.startsWith(orphanPrefix)) return this.#orphans.reconcile(key.slice(orphanPrefix.length), options);
    if (key.startsWith(freedPrefix)) {
      for (const one of this.#waiting.oldest(key.slice(freedPrefix.length), wakeCount)) this.#queue.add(one);
      return {};
    }
    const fip = this.#objects.get(key);
    if (fip === undefined || fip.deleting) {
      const cause = this.#waiting.forget(key);
      if (cause !== undefined) this.#queue.add(freedPrefix + cause);
      return fip === undefined ? {} : this.#remove(fip, options);
    }
    // Where nobody has a FloatingIP no pod and no namespace is watched for them.
    this.#podsAt ??= pods.indexBy(placesOfPod);
    await Promise.all([pods.follow(this.#podHandler, options), namespaces.follow(this.#namespaceChanged, options)]);
    const finalizing = setFinalizerPatch(fip.object, floatingIpFinalizer, true);
    if (finalizing !== undefined) {
      await this.#patch(fip, finalizing, options);
      return {};
    }
    const { waitsFor, ...outcome } = await this.#reconciler.bring(fip, this.#teller.statusOf(fip)?.address, options);
    const before = this.#waiting.set(key, fip, waitsFor);
    // It has gone on, so that the next one that waits for the same may find something.
    if (before?.startsWith(poolOf("")) === true && before !== waitsFor) this.#queue.add(freedPrefix + before);
    await this.#teller.tell(fip, outcome, options);
    return {};
  }

  async #remove(fip: FloatingIpObject, options: CallOptions): Promise<ReconcileResult> {
    await this.#reconciler.remove(fip, options);
    const finalizing = setFinalizerPatch(fip.object, floatingIpFinalizer, false);
    if (finalizing === undefined) return {};
    await this.#patch(fip, finalizing, options);
    const { namespace, name } = fip;
    this.#options.logger.info({ namespace, floatingIp: name }, "floating address removed");
    return {};
  }

  async #patch({ namespace, name }: FloatingIpObject, body: object, options: CallOptions): Promise<void> {
    await this.#api.patchIfThere({ namespace, name }, "merge", body, options);
  }

  *#selected(
    { namespace }: FloatingIpObject,
    { selector }: FloatingIpConfig,
    first: string | undefined,
  ): Generator<FloatingPod> {
    const isSelected = (pod: FloatingPod): boolean =>
      pod.namespace === namespace && matchesSelector(selector, pod.labels);
    if (first !== undefined) yield* this.#options.pods.byIndex("uid", first).filter(isSelected);
    for (const pod of this.#podsAt?.(placeOfSelector(namespace, selector)) ?? []) {
      if (pod.uid !== first && isSelected(pod)) yield pod;
    }
  }

  #portsOf({ uid, namespace, allocation }: FloatingPod): readonly InsidePort[] {
    const { nb, view } = this.#options;
    const rows = nb.rows(controllerPort);
    return view.rows.of(allocation).flatMap(({ uuid, name, owner }): InsidePort[] => {
      const row = rows.get(uuid);
      const [state, ...others] = view.index.switchesOf(uuid);
      if (owner.podUid !== uid || owner.namespace !== namespace || row === undefined) return [];
      if (state === undefined || others.length > 0) return [];
      const { name: network, uplink } = state.network;
      const interfaceName = row.external_ids.get(externalId("interface")) ?? "";
      return [{ uuid, name, allocation, network, interfaceName, ips: portAddresses(row).ips, uplink }];
    });
  }

  *#olderAsking(fip: FloatingIpObject, config: FloatingIpConfig): Generator<FloatingIpObject> {
    for (const value of asked(config)) {
      for (const other of this.#objects.eachByIndex("asked", value)) {
        if (!other.deleting && other.uid !== fip.uid && compareAge(other, fip) < 0) yield other;
      }
    }
  }

  #addSelecting(pod: FloatingPod): void {
    for (const place of placesOfPod(pod)) {
      for (const { object, config } of this.#objects.eachByIndex("place", place)) {
        if (typeof config !== "string" && matchesSelector(config.selector, pod.labels))
          this.#queue.add(objectKey(object));
      }
    }
  }

  #nbChanged(changes: readonly RowChange[]): void {
    const { uids, freed } = this.#rows.changed(changes);
    for (const uid of uids) {
      this.#addAllOf("uid", uid);
      if (this.#objects.hasSynced && this.#objects.byIndex("uid", uid).length === 0)
        this.#queue.add(orphanPrefix + uid);
    }
    for (const cause of freed) this.#queue.add(freedPrefix + cause);
    for (const change of changes) {
      const port = changeIn(controllerPort, change);
      for (const side of [port?.before, port?.after]) {
        const owner = side && portOwner(side.external_ids);
        for (const pod of (owner && this.#podsAt?.(placeOfAllocation(owner))) ?? []) this.#addSelecting(pod);
      }
      this.#uplinkChanged(changeIn(gatewayRouter, change) ?? changeIn(logicalSwitch, change));
    }
  }

  /** A gateway may hand out other addresses, or a network leave by another Uplink. Ports and rules alone say nothing here. */
  #uplinkChanged(change: RowChange<typeof gatewayRouter> | RowChange<typeof logicalSwitch> | undefined): void {
    if (change === undefined || change.before?.external_ids === change.after?.external_ids) return;
    for (const side of [change.before, change.after]) {
      const uplink = side?.external_ids.get(externalId("uplink"));
      if (uplink !== undefined) this.#addAllOf("uplink", uplink);
    }
  }

  #addAllOf(index: "uid" | "uplink" | "namespace", value: string): void {
    for (const { object } of this.#objects.eachByIndex(index, value)) this.#queue.add(objectKey(object));
  }

  #addAll(): void {
    for (const { object } of this.#objects.values()) this.#queue.add(objectKey(object));
    if (!this.#objects.hasSynced) return;
    for (const uid of this.#orphans.candidates()) this.#queue.add(orphanPrefix + uid);
  }
}

/** The place at which all objects are found that ask for the same address. */
function asked({ uplink, address }: FloatingIpConfig): readonly string[] {
  return address === undefined ? [] : [`${uplink} ${printIp(address)}`];
}
