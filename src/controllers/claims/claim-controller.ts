// Keeps IPAMClaims and their addresses in NB together while the cluster runs: tells each claim what it has, lets its addresses go
// with it, and makes rows again that NB lost.
import { changeIn, type RowChange } from "ovsdb-client";
import { claimFinalizer, keptAnnotation, whenScaledAnnotation } from "#src/api/claim/claim-keys.ts";
import { replicaOfClaimName } from "#src/api/claim/replica-claim-name.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { setFinalizerPatch } from "#src/kube/finalizers.ts";
import { InstalledInformer } from "#src/kube/informer/installed-informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import { claimOf, type ClaimName } from "#src/ovn/claims/port-claim.ts";
import type { NbView } from "../allocations/nb-view.ts";
import { Debounce } from "../debounce/debounce.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { type ClaimStep, conflict, decideClaim } from "./claim-decision.ts";
import { type ClaimObject, projectClaimObject } from "./claim-object.ts";
import { type ClaimRow, rowsOfClaim } from "./claim-rows.ts";
import { ClaimTeller } from "./claim-teller.ts";
import { ClaimWriter } from "./claim-writer.ts";
import { setKey, StatefulSets } from "./stateful-sets.ts";
import { decideSticky, markToMake } from "./sticky-decision.ts";
import { StickyKeeper } from "./sticky-keeper.ts";

export interface ClaimControllerOptions {
  readonly nb: NbFeed;
  readonly view: Pick<NbView, "index">;
  readonly client: ApiClient;
  /** The pods with addresses. */
  readonly holders: { byIndex(index: "claim", key: string): readonly PodMetadata[] };
  /** UID of kube-system. */
  readonly cluster: string;
  /** True when pods may ask for any switch. */
  readonly anySwitch: boolean;
  readonly events: Pick<EventRecorder, "record">;
  /** The time for which addresses are kept under the name of a claim that does not exist. */
  readonly leaseMs: number;
  /** The time for which a row must be lost before it is made again. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "ipam-claims";
const callMs = 15_000;
const workers = 4;
/** A claim that cannot be kept again is looked at again after this time. */
const retryMs = 60_000;

/** Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided. */
export class ClaimController {
  readonly #options: ClaimControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #objects: InstalledInformer<ClaimObject, "set">;
  readonly #sets: StatefulSets;
  readonly #sticky: StickyKeeper;
  readonly #writer: ClaimWriter;
  readonly #teller: ClaimTeller;
  readonly #orphans: Debounce;
  readonly #lost: Debounce;

  constructor(options: ClaimControllerOptions) {
    this.#options = options;
    const { nb, view, client, events, anySwitch, leaseMs, settleMs, clock, logger, metrics } = options;
    this.#api = new ResourceApi(client, resources.ipamClaims);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#orphans = new Debounce(leaseMs);
    this.#lost = new Debounce(settleMs);
    const namespaces = new ResourceApi(client, resources.namespaces);
    this.#writer = new ClaimWriter({
      session: (call) => nb.waitForSession(call),
      index: view.index,
      anySwitch,
      labelsOf: async (name, call) => (await namespaces.find({ name }, call))?.metadata.labels ?? {},
    });
    this.#teller = new ClaimTeller({ api: this.#api, events, clock, logger, metrics });
    this.#sets = new StatefulSets({ client, clock, logger, metrics }, (set) => {
      for (const object of this.#objects.byIndex("set", set)) this.#queue.add(keyOf(object));
    });
    this.#sticky = new StickyKeeper({ api: this.#api, sets: this.#sets, events, logger });
    const add = (object: ClaimObject): void => {
      if (object.whenScaled !== undefined) this.#sets.follow();
      this.#queue.add(keyOf(object));
    };
    this.#objects = new InstalledInformer({
      client,
      clock,
      logger,
      metrics,
      name: controller,
      resource: resources.ipamClaims,
      project: projectClaimObject,
      indexers: { set: (object) => setOf(object) },
      handler: {
        added: add,
        updated: (_old, now) => {
          add(now);
        },
        deleted: (gone) => {
          this.#teller.forget(keyOf(gone));
          add(gone);
        },
      },
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#addAll();
      },
      lost: () => {},
    });
    const informing = this.#objects.run(signal);
    // Before the claims are known each row would seem to be one without a claim.
    await this.#objects.whenSynced({ signal }).catch(() => undefined);
    this.#addAll();
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, stop);
    const loop = { controller, queue: this.#queue, workers, reconcile, clock, logger, metrics };
    await Promise.all([informing, this.#sets.run(signal), runReconcileLoop(loop, signal)]);
    unfollow();
    this.#queue.close();
  }

  #addAll(): void {
    const { view, cluster } = this.#options;
    for (const key of view.index.claims.keys()) {
      if (key.startsWith(`${cluster}/`)) this.#queue.add(key.slice(cluster.length + 1));
    }
    for (const object of this.#objects.values()) this.#queue.add(keyOf(object));
  }

  #nbChanged(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const port = changeIn(controllerPort, change);
      if (port === undefined) continue;
      this.#portCame(port.uuid);
      if (port.before?.external_ids === port.after?.external_ids) continue;
      for (const side of [port.before, port.after]) {
        const claim = side && claimOf(side.external_ids);
        if (claim?.cluster === this.#options.cluster) this.#queue.add(keyOf(claim));
      }
    }
  }

  /** Somebody may have taken an address of a claim. */
  #portCame(uuid: string): void {
    const { index } = this.#options.view;
    const row = index.port(uuid);
    if (row === undefined) return;
    for (const state of index.switchesOf(uuid)) {
      for (const holder of index.holding(uuid, row).held.ips.flatMap((ip) => state.ips.of(addressKey(ip)))) {
        const other = typeof holder !== "string" || holder === uuid ? undefined : index.port(holder);
        const claim = other && claimOf(other.external_ids);
        if (claim?.cluster === this.#options.cluster) this.#queue.add(keyOf(claim));
      }
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, view, clock, cluster } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    const [namespace = "", name = ""] = key.split("/");
    const claim = { cluster, namespace, name };
    const object = this.#objects.get(key);
    const rows = rowsOfClaim(claim, view.index);
    const mark = object === undefined ? markToMake(rows) : undefined;
    const made = mark === undefined ? false : await this.#sticky.make(claim, mark, options);
    if (made === true) return {};
    const ofReplica = object && decideSticky(object, rows, this.#sets.get(setOf(object)[0] ?? ""));
    const isStuck = object !== undefined && ofReplica !== undefined;
    if (isStuck && (await this.#sticky.do(ofReplica, object, options))) return {};
    const step = decideClaim(object, rows);
    // It may have gone meanwhile, and then nobody would take it out of the counts again.
    if (object !== undefined && this.#objects.get(key) !== undefined) this.#teller.seen(key, rows, step);
    const waitMs = this.#patience(key, step);
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    const result = await this.#do(step, claim, object, options);
    // A step for the replica that cannot be done does not keep the addresses from what they need.
    return made === "refused" || isStuck ? { requeueAfterMs: retryMs, ...result } : result;
  }

  /** The time that a step must still wait, because what is behind it may pass by itself. */
  #patience(key: string, step: ClaimStep): number {
    const nowMs = this.#options.clock.monotonicMs();
    const isOrphan = step.do === "free" && step.isOrphan;
    const orphaned = this.#orphans.observe(key, isOrphan ? ["orphan"] : [], nowMs);
    const lost = this.#lost.observe(key, step.do === "keep again" ? ["lost"] : [], nowMs);
    return orphaned.get("orphan") ?? lost.get("lost") ?? 0;
  }

  async #do(
    step: ClaimStep,
    claim: ClaimName,
    object: ClaimObject | undefined,
    options: CallOptions,
  ): Promise<ReconcileResult> {
    if (step.do === "free") return this.#free(step.row, step.isOrphan, claim, options);
    if (object === undefined) return {};
    switch (step.do) {
      case "nothing":
        return {};
      case "finish":
        return this.#patch(object, setFinalizerPatch(object.object, claimFinalizer, false), options);
      case "mark":
        return this.#patch(object, markPatch(object, step), options);
      case "tell":
        await this.#teller.tell(object, step.outcome, options);
        // Nobody tells when the one who has an address as well is gone.
        return step.outcome.condition.status === "False" ? { requeueAfterMs: retryMs } : {};
      case "keep again":
        return this.#keepAgain(claim, object, options);
    }
  }

  /** The object follows when NB shows that the row is gone. */
  async #free(row: ClaimRow, isOrphan: boolean, claim: ClaimName, options: CallOptions): Promise<ReconcileResult> {
    const { namespace, name } = claim;
    // The informer may be behind.
    if (isOrphan && (await this.#api.find({ namespace, name }, options)) !== undefined)
      return { requeueAfterMs: retryMs };
    // A pod has taken the place of the row, which NB is about to show, or somebody has renamed it.
    if (!(await this.#writer.free(claim, row, options))) return { requeueAfterMs: retryMs };
    const { logger, metrics } = this.#options;
    logger.info({ namespace, claim: name, network: row.network, ips: row.ips }, "addresses of a claim released");
    metrics.count("ovn4nfv_claims_released_total", { why: isOrphan ? "no claim" : "deleted" });
    return {};
  }

  async #keepAgain(claim: ClaimName, object: ClaimObject, options: CallOptions): Promise<ReconcileResult> {
    // A pod has the claim whose port NB lost. The port comes back first, and has the addresses.
    if (this.#options.holders.byIndex("claim", keyOf(claim)).length > 0) return { requeueAfterMs: retryMs };
    const trouble = await this.#writer.keepAgain(claim, object, options);
    if (trouble === undefined) return {};
    const ips = object.claim.status?.ips ?? [];
    await this.#teller.tell(object, { ips, pod: undefined, condition: conflict(trouble) }, options);
    return { requeueAfterMs: retryMs };
  }

  async #patch(
    { namespace, name }: ClaimObject,
    body: object | undefined,
    options: CallOptions,
  ): Promise<ReconcileResult> {
    if (body !== undefined) await this.#api.patchIfThere({ namespace, name }, "merge", body, options);
    return {};
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** The set of a claim that was made for a replica, as `namespace/name`; nothing for another claim. */
function setOf({ namespace, name, whenScaled }: ClaimObject): readonly string[] {
  const replica = whenScaled === undefined ? undefined : replicaOfClaimName(name);
  return replica === undefined ? [] : [setKey({ namespace, name: replica.set })];
}

function markPatch({ object }: ClaimObject, { kept, whenScaled }: Extract<ClaimStep, { readonly do: "mark" }>): object {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const wanted = finalizers.includes(claimFinalizer) ? finalizers : [...finalizers, claimFinalizer];
  const annotations = {
    [keptAnnotation]: kept,
    ...(whenScaled === undefined ? {} : { [whenScaledAnnotation]: whenScaled }),
  };
  return { metadata: { uid, resourceVersion, finalizers: wanted, annotations } };
}
