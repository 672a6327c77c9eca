// Compares allocations in NB with the pods of Kubernetes, joined on the allocation id, and acts when they do not
// agree. It binds, releases, sweeps and repairs; see docs/design/release-rules.md.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { Conflict } from "#src/ipam/watch/conflict-watch.ts";
import { successorOf } from "#src/ipam/index/machine-ports.ts";
import type { ResultSigner, TokenKeys } from "#src/tokens/token.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import type { Informer } from "#src/kube/informer/informer.ts";
import { createPodInformer, type PodIndex } from "#src/kube/informer/pod-informer.ts";
import { PodApi } from "#src/kube/pods.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";
import type { NodeChassis } from "../chassis/node-chassis.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { AllocationReconciler } from "./allocation-reconciler.ts";
import { runBatchLoop } from "./batch-loop.ts";
import { conflictEvents } from "../pod-events/conflict-events.ts";
import { FenceKeys, sweepFenceKeys } from "./fence-keys.ts";
import { type DriftFinding, surveyDrift } from "../allocation-rules/findings.ts";
import { showSamples, takeSamples } from "./nb-samples.ts";
import { NbView } from "./nb-view.ts";
import { HotPlug } from "./hot-plug.ts";
import { NodeWatch } from "./node-watch.ts";
import { PodFacts } from "../allocation-rules/pod-facts.ts";
import { PortHandover } from "./port-handover.ts";
import { PortCorrector } from "./port-corrector.ts";
import { PortWriter } from "./port-writer.ts";
import { ReCreator } from "./re-creator.ts";
import { countUnpinned, type WantedChassis } from "../allocation-rules/requested-chassis.ts";

export interface AllocationTimings {
  /** The age at which a reservation without a pod is swept. */
  readonly leaseMs: number;
  /** The time for which a pod that was deleted by force counts as running. */
  readonly forceBoundMs: number;
  /** The time that a disagreement must last before anything is freed or made again. */
  readonly settleMs: number;
  /** The time between two passes over everything, whatever events said. */
  readonly resyncMs: number;
  /** The time after which the fence key of a webhook replica is removed when it does not change. */
  readonly fenceExpiryMs: number;
}

export interface AllocationControllerOptions {
  /** It is not started yet: rows that it shows before a follower comes are not shown again. */
  readonly nb: NbFeed;
  readonly client: ApiClient;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly keys: TokenKeys;
  /** Signs results that change while their pod runs. Without it interfaces that were unplugged stay in them. */
  readonly signer?: ResultSigner | undefined;
  /** The chassis of the nodes. Without it the ports keep the chassis that they have. */
  readonly chassis?: Pick<NodeChassis, "of" | "onChange"> | undefined;
  readonly timings: AllocationTimings;
  /** Called in each term when all allocations were looked at for the first time. */
  readonly onFirstPass?: () => void;
  readonly record: (note: EventNote) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const name = "allocations";
const maxBatch = 128;
/** While one batch waits for the API server, the next has its transaction. */
const workers = 2;
const label = annotationKeys.allocation.key;

/**
 * Keeps pods and ports equal: binds, releases, sweeps, repairs. `start` reads and watches in every replica, so that a
 * new leader knows everything already. `lead` acts.
 */
export class AllocationController {
  readonly view: NbView;
  readonly pods: Informer<PodMetadata, PodIndex>;
  readonly #options: AllocationControllerOptions;
  readonly #nodes: NodeWatch;
  readonly #podFacts: PodFacts;
  #queue: WorkQueue | undefined;
  #watching: Promise<unknown> = Promise.resolve();

  constructor(options: AllocationControllerOptions) {
    const { nb, client, cluster, keys, timings, clock, logger, metrics } = options;
    this.#options = options;
    this.view = new NbView({
      nb,
      cluster,
      clock,
      logger,
      metrics,
      onChange: (id) => this.#queue?.add(id),
      onConflict: (conflict) => {
        this.#reportConflict(conflict);
      },
    });
    const parts = { client, clock, logger, metrics };
    this.pods = createPodInformer(parts);
    this.pods.addHandler({
      added: (pod) => {
        this.#enqueue(pod);
      },
      updated: (old, pod) => {
        this.#enqueue(old);
        this.#enqueue(pod);
      },
      deleted: (pod) => {
        this.#podFacts.forget(pod.metadata.uid ?? "");
        this.#enqueue(pod);
      },
    });
    this.#nodes = new NodeWatch({
      ...parts,
      onLost: (node) => {
        for (const id of this.#podFacts.allocationsOn(node)) this.#queue?.add(id);
      },
    });
    options.chassis?.onChange((node) => {
      this.#enqueueNode(node);
    });
    this.#podFacts = new PodFacts({
      keys,
      nodeState: (node, signal) => this.#nodes.state(node, signal),
      monotonicMs: () => clock.monotonicMs(),
      forceBoundMs: timings.forceBoundMs,
    });
  }

  /** Begins to read and watch the pods and nodes. Ends with the signal. */
  start(signal: AbortSignal): void {
    this.#watching = Promise.all([this.pods.run(signal), this.#nodes.run(signal)]);
  }

  /** Resolves when NB, pods and nodes were read. */
  async whenSynced(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.view.session({ signal }),
      this.pods.whenSynced({ signal }),
      this.#nodes.whenSynced(signal),
    ]);
  }

  /** Acts until the signal aborts. Nothing is decided before everything was read. */
  async lead(signal: AbortSignal): Promise<void> {
    const { onFirstPass, clock, logger, metrics } = this.#options;
    await this.whenSynced(signal);
    const queue = new WorkQueue({ name, clock, metrics });
    this.#queue = queue;
    const { reconcile, close } = this.#reconciler(signal);
    const loop = { controller: name, queue, maxBatch, reconcile, clock, logger, metrics };
    const working = [
      ...Array.from({ length: workers }, () => runBatchLoop(loop, signal)),
      this.#resync(queue, signal),
      this.#sweepFences(signal),
    ];
    const passing = queue.whenIdle().then(() => {
      if (!signal.aborted) onFirstPass?.();
    });
    try {
      await Promise.all(working);
    } finally {
      this.#queue = undefined;
      queue.close();
      close();
      await passing;
    }
  }

  /** Brings the gauges about pools and reservations up to date, from memory. */
  measure(): void {
    const { clock, metrics } = this.#options;
    showSamples(takeSamples(this.view.index, this.view.rows, clock.monotonicMs()), metrics);
    const unpinned = countUnpinned(this.pods.values(), ({ metadata }) =>
      this.view.rows.of(metadata.labels[label] ?? ""),
    );
    metrics.set("ovn4nfv_unpinned_ports", {}, unpinned);
  }

  /**
   * Says what does not agree at this moment. `isStale` is true for an allocation for which no create can be under way
   * any more.
   */
  survey(isStale: (allocation: string) => boolean, signal: AbortSignal): Promise<readonly DriftFinding[]> {
    const { rows, isAsWritten, handoverOf, switchesOf, orphanedRules } = this.view;
    const othersOnSeveralSwitches = this.view.othersOnSeveralSwitches();
    const nowMs = this.#options.clock.monotonicMs();
    const ids = this.view.ids();
    const state = {
      pods: this.pods.values(),
      ids,
      rows,
      isAsWritten,
      handoverOf,
      switchesOf,
      orphanedRules,
      othersOnSeveralSwitches,
    };
    return surveyDrift({ ...state, podFacts: this.#podFacts, isStale, nowMs }, signal);
  }

  /** Called after the signal of `start` has aborted. */
  async close(): Promise<void> {
    await this.#watching;
  }

  #reconciler(signal: AbortSignal) {
    const { client, cluster, keys, signer, timings, record, clock, logger, metrics } = this.#options;
    const { index, rows } = this.view;
    const pods = new PodApi(client);
    const writer = new PortWriter({
      session: () => this.view.session({ signal }),
      switchesOf: (uuid) => index.switchesOf(uuid).map((state) => state.uuid),
      rulesOf: (port) => [...index.floating.rulesOf(port), ...index.floating.rulesTo(port)],
      keepsOf: (...port) => index.keepsOf(...port),
      successorOf: (uuid) => successorOf(index, uuid),
    });
    const reconciler = new AllocationReconciler({
      rows,
      podsOf: (id) => this.pods.byIndex("allocation", id),
      pods,
      writer,
      isAsWritten: this.view.isAsWritten,
      wantedChassis: this.#wantedChassis,
      switchesOf: this.view.switchesOf,
      orphanedRules: this.view.orphanedRules,
      handoverOf: this.view.handoverOf,
      handover: new PortHandover({ index, writer, logger, metrics }),
      corrector: new PortCorrector({ index, rows, writer, logger }),
      hotPlug: new HotPlug({ rows, pods, writer, keys, signer, record, logger, metrics }),
      reCreator: new ReCreator({ index, rows, writer, cluster, wantedChassis: this.#wantedChassis, clock, logger }),
      podFacts: this.#podFacts,
      keys,
      record,
      clock,
      logger,
      metrics,
      leaseMs: timings.leaseMs,
      settleMs: timings.settleMs,
    });
    return {
      reconcile: async (ids: readonly string[], stop: AbortSignal) => {
        // Rows that an old connection showed are no ground for a decision.
        await this.view.session({ signal: stop });
        return reconciler.reconcile(ids, stop);
      },
      close: () => {
        reconciler.close();
      },
    };
  }

  /** Checks everything at once, and then from time to time. Pods that come or go meanwhile do not wait for that. */
  async #resync(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    const { clock, logger, timings } = this.#options;
    while (!signal.aborted) {
      for (const id of this.view.ids()) queue.addWhenIdle(id);
      for (const { metadata } of this.pods.values()) {
        const id = metadata.labels[label];
        if (id !== undefined) queue.addWhenIdle(id);
      }
      // These may have been found before this replica led.
      for (const conflict of this.view.conflicts()) this.#reportConflict(conflict);
      const unknown = [...this.view.rows.unknown()];
      if (unknown.length > 0)
        logger.warn({ ports: unknown.slice(0, 20), count: unknown.length }, "there are ports of unknown owners");
      const misplaced = this.view.othersOnSeveralSwitches();
      if (misplaced.length > 0)
        logger.warn(
          { ports: misplaced.slice(0, 20), count: misplaced.length },
          "there are ports on more than one switch",
        );
      await clock.sleep(timings.resyncMs, signal).catch(() => undefined);
    }
  }

  async #sweepFences(signal: AbortSignal): Promise<void> {
    const { clock, logger, timings } = this.#options;
    const keys = new FenceKeys(timings.fenceExpiryMs);
    const externalIds = () =>
      this.view.table(nbGlobal).values().next().value?.external_ids ?? new Map<string, string>();
    while (!signal.aborted) {
      try {
        await sweepFenceKeys({ keys, externalIds, session: () => this.view.currentSession, clock, logger });
      } catch (caught) {
        logger.warn({ err: fromUnknown(caught) }, "fence keys could not be removed, will retry");
      }
      await clock.sleep(timings.fenceExpiryMs / 10, signal).catch(() => undefined);
    }
  }

  readonly #wantedChassis: WantedChassis = ({ spec: { nodeName } }) =>
    nodeName === undefined ? undefined : this.#options.chassis?.of(nodeName);

  /** A node rarely gets another chassis, so that its pods need no index. A new leader checks everything anyway. */
  #enqueueNode(node: string): void {
    if (this.#queue === undefined) return;
    for (const pod of this.pods.values()) if (pod.spec.nodeName === node) this.#enqueue(pod);
  }

  #enqueue(pod: PodMetadata): void {
    const id = pod.metadata.labels[label];
    if (id !== undefined) this.#queue?.add(id);
  }

  #reportConflict(conflict: Conflict): void {
    if (this.#queue === undefined) return;
    const notes = conflictEvents(conflict, (id) => this.pods.byIndex("allocation", id));
    for (const note of notes) this.#options.record(note);
  }
}
