// Keeps the ways out of the cluster in NB while it runs: an Uplink object becomes a gateway of its own.
import { isDeepStrictEqual } from "node:util";
import { uplinkStatusSchema } from "#src/api/uplink/uplink-schema.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { RowChange } from "ovsdb-client";
import { objectKey } from "#src/kube/client/kube-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { setFinalizerPatch } from "#src/kube/finalizers.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { gatewayRetryLimits, RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { memberOutIn } from "#src/ovn/links/pair-watch.ts";
import { uplinkGatewayId, uplinkScope, uplinkScopes } from "#src/ovn/rows/uplink-rows.ts";
import { isSameStatus, newsIn, type UndatedCondition } from "../conditions/conditions.ts";
import type { NetworkControllerOptions } from "../networks/network-controller.ts";
import { OrphanedRows } from "../northbound/orphaned-rows.ts";
import { touchedBy } from "../northbound/touched-networks.ts";
import type { NamedWayOut, WaysOut } from "../networks/way-out-source.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { UplinkGateways } from "./uplink-gateways.ts";
import { projectUplink, uplinkFinalizer, type UplinkObject } from "./uplink-object.ts";
import { UplinkReconciler } from "./uplink-reconciler.ts";
import { redundancyOfPair, type UplinkOutcome, uplinkStatus } from "./uplink-status.ts";

export type UplinkControllerOptions = Omit<
  NetworkControllerOptions,
  "usageDelayMs" | "waysOut" | "wires" | "routerPortUsers"
> &
  Required<Pick<NetworkControllerOptions, "wires">>;

const controller = "uplinks";
/** Begins the key of an Uplink that may be gone. Its UID follows. */
const orphanPrefix = "rows-of:";
const callMs = 15_000;
/** The message of an Event for a condition that has come to hold. */
const goodNews: Readonly<Record<string, string>> = {
  Ready: "the uplink is there",
  Redundant: "either of both chassis takes over from the other one",
};
/** An Uplink that is still used, or that waits for a switch, is looked at again after this time, besides at each change. */
const againMs = 30_000;
/** The words of agents that come in this time lead to one look. */
const gatherMs = 200;

/**
 * Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided.
 */
export class UplinkController implements WaysOut {
  readonly #options: UplinkControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #informer: Informer<UplinkObject, "uid">;
  readonly #gateways: UplinkGateways;
  readonly #writer: RowWriter;
  readonly #reconciler: UplinkReconciler;
  readonly #orphans: OrphanedRows;
  readonly #listeners = new Set<(uplink: string) => void>();
  /** The last outcome of each Uplink, by name. */
  readonly #ways = new Map<string, NamedWayOut>();

  constructor(options: UplinkControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, topology, gatewaySelector, chassis, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#api = new ResourceApi(client, resources.uplinks);
    this.#queue = new WorkQueue({ name: controller, clock, metrics, limiter: new RetryLimiter(gatewayRetryLimits) });
    this.#informer = new Informer({
      ...parts,
      name: controller,
      resource: resources.uplinks,
      project: projectUplink,
      indexers: { uid: ({ uid }) => [uid] },
    });
    const onChange = (uid: string): void => {
      for (const uplink of this.#informer.byIndex("uid", uid)) this.#queue.add(objectKey(uplink.object));
    };
    this.#gateways = new UplinkGateways({ ...parts, published: chassis, gatewaySelector, onChange });
    this.#writer = new RowWriter(nb, cluster);
    this.#reconciler = new UplinkReconciler({ nb, writer: this.#writer, topology });
    this.#orphans = new OrphanedRows({
      kind: "uplink",
      liveUids: async (call) => new Set((await this.#api.list({}, call)).items.map(({ metadata }) => metadata.uid)),
      isKnown: (uid) => this.#informer.byIndex("uid", uid).length > 0,
      isAdopter: () => false,
      withRows: () => uplinksWithRows(this.#writer.owned),
      remove: (uid, call) => this.#reconciler.remove({ uid }, call),
      settleMs: options.settleMs,
      clock,
      logger,
    });
  }

  of(name: string): NamedWayOut {
    const known = this.#ways.get(name);
    if (known !== undefined) return known;
    const isThere = !this.#informer.hasSynced || this.#informer.get(name) !== undefined;
    return isThere ? { kind: "waits", message: "ovn4nfv-controller has not made it yet" } : { kind: "unknown" };
  }

  onChange(listener: (uplink: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#informer.addHandler({
      added: ({ object }) => {
        this.#queue.add(objectKey(object));
      },
      updated: (_old, { object }) => {
        this.#queue.add(objectKey(object));
      },
      deleted: ({ name, uid }) => {
        this.#orphans.deleted(uid);
        this.#gateways.forget(uid);
        this.#options.failOver?.forget(uplinkScope(uid));
        this.#setWay(name, undefined);
        this.#queue.add(orphanPrefix + uid);
        this.#addAll();
      },
    });
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#writer.changed();
        this.#addAll();
      },
      lost: () => {},
    });
    const { wires } = this.#options;
    const gather = (): void => {
      for (const { object } of this.#informer.values()) this.#queue.addAfter(objectKey(object), gatherMs);
    };
    wires?.onChange(gather);
    // The list of chassis may stay, while it becomes known or unknown whose they are.
    const leaveChassis = this.#options.chassis?.onChange(gather);
    wires?.whenSynced({ signal }).then(gather, () => {});
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop, signal);
    const leavePairs = this.#options.failOver?.onChange((scope) => {
      for (const uplink of this.#informer.values()) {
        if (uplinkScope(uplink.uid) === scope) this.#queue.add(objectKey(uplink.object));
      }
    });
    // There is one worker: of two Uplinks that want the same address, the second finds the rows of the first.
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const informing = this.#informer.run(signal);
    await this.#informer.whenSynced({ signal }).catch(() => undefined);
    this.#addAll();
    for (const name of this.#ways.keys()) this.#tellListeners(name);
    await Promise.all([informing, runReconcileLoop(loop, signal)]);
    unfollow();
    leavePairs?.();
    leaveChassis?.();
    this.#queue.close();
  }

  async #reconcile(key: string, signal: AbortSignal, running: AbortSignal): Promise<ReconcileResult> {
    const options = { signal, deadlineMs: this.#options.clock.monotonicMs() + callMs };
    await this.#options.nb.waitForSession(options);
    if (key.startsWith(orphanPrefix)) return this.#orphans.reconcile(key.slice(orphanPrefix.length), options);
    const uplink = this.#informer.get(key);
    if (uplink === undefined) return {};
    if (uplink.deleting) return this.#remove(uplink, options, running);
    const finalizing = setFinalizerPatch(uplink.object, uplinkFinalizer, true);
    if (finalizing !== undefined) {
      await this.#patch(uplink, finalizing, options);
      return {};
    }
    const outcome = await this.#bring(uplink, options, running);
    if (outcome === undefined) return {};
    this.#setWay(uplink.name, wayOf(uplink, outcome));
    await this.#tell(uplink, outcome, options);
    return outcome.kind === "made" ? {} : { requeueAfterMs: againMs };
  }

  /** Undefined while it is not known which nodes carry the gateway. */
  async #bring(uplink: UplinkObject, options: CallOptions, running: AbortSignal): Promise<UplinkOutcome | undefined> {
    const nodes = typeof uplink.config === "string" ? undefined : uplink.config.nodes;
    const wire = this.#reconciler.wireOf(uplink);
    // Nobody has said anything about wires yet. Without this the gateway would be taken from all nodes.
    if (wire !== undefined && this.#options.wires?.hasSynced === false) return undefined;
    const carriers = this.#gateways.carriersOf(uplink.uid, nodes, this.#carries(wire), running);
    if (carriers === undefined) return undefined;
    const older = [...this.#informer.values()].filter((other) => compareAge(other, uplink) < 0);
    const { chassis, absent } = carriers;
    const scope = uplinkScope(uplink.uid);
    const inNb = (pair: readonly string[]) => memberOutIn(this.#writer.owned, scope, pair);
    const out = this.#options.failOver?.outOf(scope, chassis, { inNb, absent });
    const made = await this.#reconciler.bring(uplink, { ...carriers, out, wire, older }, options);
    return made.kind === "made" ? { ...made, redundancy: this.#redundancyOf(chassis, out) } : made;
  }

  /** Every node may carry a gateway without a wire that agents know. */
  #carries(wire: string | undefined): (node: string) => boolean {
    if (wire === undefined) return () => true;
    const nodes = (this.#options.wires?.nodes() ?? []).filter(({ wires }) => wires.get(wire)?.ready === true);
    const names = new Set(nodes.map(({ name }) => name));
    return (node) => names.has(node);
  }

  /** Three chassis or more are BFD's, and one alone has no other. */
  #redundancyOf(chassis: readonly string[], out: string | undefined): UndatedCondition | undefined {
    const { failOver } = this.#options;
    if (failOver === undefined || chassis.length !== 2) return undefined;
    return redundancyOfPair(chassis, out, { seesChassis: failOver.seesChassis, disputed: failOver.disputed(chassis) });
  }

  async #remove(uplink: UplinkObject, options: CallOptions, running: AbortSignal): Promise<ReconcileResult> {
    const { finalizers = [] } = uplink.object.metadata;
    if (!finalizers.includes(uplinkFinalizer)) return {};
    const waiting = await this.#reconciler.remove(uplink, options);
    if (waiting !== undefined) {
      await this.#tell(uplink, waiting, options);
      // While something leaves by it, its gateway follows the nodes, and fails over.
      await this.#bring(uplink, options, running);
      return { requeueAfterMs: againMs };
    }
    const finalizing = setFinalizerPatch(uplink.object, uplinkFinalizer, false);
    if (finalizing !== undefined) await this.#patch(uplink, finalizing, options);
    this.#options.logger.info({ uplink: uplink.name }, "uplink removed");
    return {};
  }

  /** Writes the status when it says something new, and an Event when Ready has another reason than before. */
  async #tell(uplink: UplinkObject, outcome: UplinkOutcome, options: CallOptions): Promise<void> {
    const { events, logger, clock } = this.#options;
    const { name, uid, status: before } = uplink;
    const status = uplinkStatus(outcome, uplink, new Date(clock.now()).toISOString());
    if (isSameStatus(uplinkStatusSchema, status, before)) return;
    await this.#patch(uplink, { metadata: { uid }, status }, { ...options, subresource: "status" });
    const { uplinks } = resources;
    const subject = { apiVersion: apiVersionOf(uplinks), kind: uplinks.kind, name, uid };
    for (const { type, reason, message, status: holds } of newsIn(status, before)) {
      logger.info({ uplink: name, reason, message }, "uplink status changed");
      const told = message === "" ? (goodNews[type] ?? "") : message;
      events.record({ subject, type: holds === "True" ? "Normal" : "Warning", reason, message: told });
    }
  }

  async #patch(
    { name }: UplinkObject,
    body: object,
    options: CallOptions & { readonly subresource?: string },
  ): Promise<void> {
    await this.#api.patchIfThere({ name }, "merge", body, options);
  }

  #setWay(name: string, way: NamedWayOut | undefined): void {
    if (isDeepStrictEqual(this.#ways.get(name), way)) return;
    if (way === undefined) this.#ways.delete(name);
    else this.#ways.set(name, way);
    const { metrics } = this.#options;
    for (const [state, count] of countWays(this.#ways.values())) metrics.set("ovn4nfv_uplinks", { state }, count);
    this.#tellListeners(name);
  }

  #tellListeners(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  /** Rows of ours changed, or rows whose names could be ours: somebody mends or takes away what an Uplink stands on. */
  #nbChanged(changes: readonly RowChange[]): void {
    if (!touchedBy(changes).own) return;
    this.#writer.changed();
    this.#addAll();
  }

  #addAll(): void {
    for (const { object } of this.#informer.values()) this.#queue.add(objectKey(object));
    if (!this.#informer.hasSynced) return;
    for (const uid of this.#orphans.candidates()) this.#queue.add(orphanPrefix + uid);
  }
}

/** Gives the UIDs of Uplinks for which there are rows of this cluster. */
export function uplinksWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const ids = [...rows.keys()].map((id) => id.split("/"));
  return new Set(ids.flatMap(([scope, uid]) => (scope === uplinkScopes && uid !== undefined ? [uid] : [])));
}

/** Counts ways out by what became of them. Every state is there, so that a number that goes down is seen. */
export function countWays(ways: Iterable<NamedWayOut>): ReadonlyMap<string, number> {
  const counts = new Map(["ready", "waiting", "refused"].map((state) => [state, 0]));
  for (const way of ways) {
    const state = way.kind !== "there" ? "refused" : way.chassis.length > 0 ? "ready" : "waiting";
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** Says where the networks leave that name the Uplink. */
function wayOf(uplink: UplinkObject, outcome: UplinkOutcome): NamedWayOut {
  const { config } = uplink;
  if (outcome.kind !== "made" || typeof config === "string") {
    return { kind: "waits", message: outcome.message };
  }
  const { name, uid, addresses, natsIpv6 } = config;
  const wayOut = { routeTable: name, gatewayId: uplinkGatewayId(uid), addresses, natsIpv6 };
  return { kind: "there", wayOut, chassis: outcome.chassis };
}
