import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import type { PatchOutcome, PodApi } from "#src/kube/pods.ts";
import type { AllocationRows, PortRow } from "../allocation-rules/allocation-rows.ts";
import { isConsistent } from "../allocation-rules/consistency.ts";
import type { KeyOutcome } from "./batch-loop.ts";
import { ActionPatience } from "../allocation-rules/action-patience.ts";
import { type ActionOf, changedAgainMs, ReconcileBatch } from "./reconcile-batch.ts";
import { decideActions, type LabelledPod } from "../allocation-rules/allocation-actions.ts";
import { DriftTracker } from "../allocation-rules/drift-tracker.ts";
import { networksCondition } from "../allocation-rules/networks-readiness.ts";
import { isDrift, problemOf } from "../allocation-rules/findings.ts";
import { leaveMisplaced, type SwitchesOf } from "../allocation-rules/misplaced-ports.ts";
import type { PodFacts } from "../allocation-rules/pod-facts.ts";
import type { PortWriter } from "./port-writer.ts";
import type { IsAsWritten } from "../allocation-rules/port-comparison.ts";
import { type HandoverOf, noHandover } from "../allocation-rules/handover.ts";
import type { PortHandover } from "./port-handover.ts";
import type { HotPlug } from "./hot-plug.ts";
import type { PortCorrector } from "./port-corrector.ts";
import type { ReCreator } from "./re-creator.ts";
import type { WantedChassis } from "../allocation-rules/requested-chassis.ts";
import { podEvent, type PodEventName } from "../pod-events/pod-events.ts";
import { judgePodToken } from "#src/tokens/pod-token.ts";

export interface AllocationReconcilerOptions {
  readonly rows: Pick<AllocationRows, "of">;
  /** The labelled pods of an allocation, as the informer shows them. */
  readonly podsOf: (allocation: string) => readonly PodMetadata[];
  readonly pods: Pick<PodApi, "get" | "listByLabel" | "removeFinalizer" | "addFinalizer" | "setCondition">;
  readonly writer: PortWriter;
  readonly reCreator: ReCreator;
  readonly corrector: PortCorrector;
  readonly handover: Pick<PortHandover, "move">;
  readonly handoverOf?: HandoverOf;
  readonly hotPlug: HotPlug;
  readonly isAsWritten: IsAsWritten;
  readonly wantedChassis: WantedChassis;
  readonly switchesOf: SwitchesOf;
  readonly orphanedRules?: (allocation: string) => readonly FloatingHolder[];
  readonly podFacts: PodFacts;
  readonly keys: TokenKeys;
  readonly record: (note: EventNote) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly leaseMs: number;
  readonly settleMs: number;
}

/** Rows that may be deleted, and the pod that loses its finalizer after that. */
interface Release {
  readonly id: string;
  readonly rows: readonly PortRow[];
  readonly pod: PodMetadata | undefined;
  readonly why: string;
}

/** The Events that tell how the repair of ports went, and why it could not be done. */
interface PortRepair {
  readonly done: PodEventName;
  readonly failed: PodEventName;
  readonly trouble: string | undefined;
}

const { allocation: label, finalizer, token } = annotationKeys;
/** An allocation that cannot be repaired is checked again after this time. */
const retryStuckMs = 60_000;

/**
 * Brings allocations to what their pods ask for, many at a time. It is level-based: events only say which ones to
 * check.
 */
export class AllocationReconciler {
  readonly #options: AllocationReconcilerOptions;
  readonly #patience: ActionPatience;
  readonly #drift: DriftTracker;
  /**
   * The pod of an allocation as it was when its finalizer was taken off. Until the informer shows it changed, nothing
   * is left to do for it.
   */
  readonly #finished = new Map<string, PodMetadata["metadata"]>();

  constructor(options: AllocationReconcilerOptions) {
    this.#options = options;
    this.#patience = new ActionPatience(options.settleMs);
    this.#drift = new DriftTracker(options.metrics);
    for (const result of ["done", "impossible"]) {
      options.metrics.count("ovn4nfv_ports_recreated_total", { result }, 0);
      options.metrics.count("ovn4nfv_ports_corrected_total", { result }, 0);
    }
  }

  /** Checks these allocations and does what is due. Throws when NB or the API server cannot be reached. */
  async reconcile(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KeyOutcome>> {
    const batch = new ReconcileBatch();
    await Promise.all(ids.map((id) => this.#decide(id, batch, signal)));
    await this.#options.writer.bind(
      batch.of("bind").map(([, binding]) => binding),
      batch.of("pin").map(([, pinning]) => pinning),
    );
    const { hotPlug } = this.#options;
    for (const [, binding] of batch.of("bind")) hotPlug.bound(binding);
    const releases = [
      ...batch.of("release").map(([id, { pod, rows, why }]): Release => ({ id, pod, rows, why })),
      ...(await this.#sweepable(batch, signal)),
      ...(await this.#unowned(batch, signal)),
    ];
    await this.#release(releases, batch, signal);
    await Promise.all([
      ...batch.of("drop-rules").map(([id, { rules }]) => this.#attempt(id, batch, () => this.#dropRules(id, rules))),
      ...batch
        .of("re-create")
        .map(([id, action]) => this.#attempt(id, batch, () => this.#reCreate(id, action, batch, signal))),
      ...batch
        .of("correct")
        .map(([id, action]) => this.#attempt(id, batch, () => this.#correct(id, action, batch, signal))),
      ...batch.of("hand-over").map(([id, action]) => this.#attempt(id, batch, () => this.#handOver(id, action, batch))),
      ...batch
        .of("drop-attempts")
        .map(([id, action]) => this.#attempt(id, batch, () => hotPlug.dropAttempts(id, action, batch, signal))),
      ...batch.of("unplug").map(([id, action]) => this.#attempt(id, batch, () => hotPlug.unplug(id, action, batch))),
      ...batch
        .of("report")
        .map(([id, action]) => this.#attempt(id, batch, () => hotPlug.tellOldResult(id, action, signal))),
      ...batch
        .of("forget-unplugged")
        .map(([id, action]) => this.#attempt(id, batch, () => hotPlug.forget(id, action, batch, signal))),
      ...batch
        .of("restore-finalizer")
        .map(([id, { pod }]) => this.#attempt(id, batch, () => this.#restoreFinalizer(pod, signal))),
      ...batch
        .of("strip-copy")
        .map(([id, { pod }]) => this.#attempt(id, batch, () => this.#stripCopy(id, pod, signal))),
      ...batch
        .of("tell-readiness")
        .map(([id, action]) => this.#attempt(id, batch, () => this.#tellReadiness(action, signal))),
    ]);
    return batch.outcomes;
  }

  /** Called after the last pass. The next leader reports the drift that is open. */
  close(): void {
    this.#drift.close();
  }

  async #decide(id: string, batch: ReconcileBatch, signal: AbortSignal): Promise<void> {
    const { rows, podsOf, podFacts, isAsWritten, wantedChassis, switchesOf, clock, leaseMs, record } = this.#options;
    const { handoverOf = noHandover } = this.#options;
    const pods = this.#unfinished(id, podsOf(id));
    const held = rows.of(id);
    const decided = isConsistent(pods, held, isAsWritten, wantedChassis, handoverOf)
      ? []
      : decideActions({
          pods: await Promise.all(pods.map((pod) => podFacts.find(pod, id, signal))),
          rows: held,
          isAsWritten,
          orphanedRules: this.#options.orphanedRules?.(id) ?? [],
          wantedChassis,
          handoverOf,
          nowMs: clock.monotonicMs(),
          leaseMs,
        });
    const actions = leaveMisplaced(decided, pods, held, switchesOf);
    const waits = this.#patience.observe(id, actions, clock.monotonicMs());
    // A port that has just come down is not told of yet, nor a result that has just been found older than the ports.
    const lasting = actions.filter((action) => !action.do.startsWith("report") || !waits.has(action));
    const problems = lasting.map(problemOf).filter((problem) => problem !== undefined);
    this.#drift.record(id, problems.filter(isDrift));
    for (const action of actions) {
      const waitMs = waits.get(action);
      if (waitMs !== undefined) batch.checkAgain(id, waitMs);
      else if (action.do === "check-again") batch.checkAgain(id, action.afterMs);
      else if (action.do === "report-down") record(podEvent(action.pod, "port down", action.down.join(", ")));
      else if (action.do === "report-unattached")
        record(podEvent(action.pod, "not attached", action.interfaces.join(", ")));
      else if (action.do === "leave-alone") this.#tellMisplaced(action);
      else if (action.do === "report" && action.problem !== "replayed")
        record(podEvent(action.pod, action.problem, whatIsHeld(action)));
      else batch.add(id, action);
    }
  }

  #tellMisplaced({ pod, rows, switches }: ActionOf<"leave-alone">): void {
    const { logger, record } = this.#options;
    logger.warn({ ports: rows.map(({ name }) => name), switches }, "ports are on more than one switch, left alone");
    if (pod !== undefined) record(podEvent(pod, "several switches", switches.join(", ")));
  }

  /** Finds reservations that no stored pod holds, by one LIST for all of them. */
  async #sweepable(batch: ReconcileBatch, signal: AbortSignal): Promise<Release[]> {
    const { pods, keys, leaseMs } = this.#options;
    const due = batch.of("sweep");
    if (due.length === 0) return [];
    const labelSelector = `${label.key} in (${due.map(([id]) => id).join(",")})`;
    const stored = await pods.listByLabel({ labelSelector }, readPod, { signal });
    const held = new Set<string>();
    for (const pod of stored) {
      if ((await judgePodToken(pod, keys)) !== "forged") held.add(pod.metadata.labels[label.key] ?? "");
    }
    for (const [id] of due) if (held.has(id)) batch.checkAgain(id, leaseMs);
    return due.filter(([id]) => !held.has(id)).map(([id, { rows }]) => ({ id, rows, pod: undefined, why: "swept" }));
  }

  /** Finds bound rows whose pod is gone or has ended without its label, by a live read of each pod. */
  async #unowned(batch: ReconcileBatch, signal: AbortSignal): Promise<Release[]> {
    const due = batch.of("delete-unowned");
    const releases = await Promise.all(due.map(([id, action]) => this.#unownedOne(id, action, batch, signal)));
    return releases.filter((release) => release !== undefined);
  }

  async #unownedOne(
    id: string,
    action: ActionOf<"delete-unowned">,
    batch: ReconcileBatch,
    signal: AbortSignal,
  ): Promise<Release | undefined> {
    const { pods, podFacts, record } = this.#options;
    const { podUid: uid, rows } = action;
    const { namespace = "", pod: name = "" } = rows[0]?.owner ?? {};
    const raw = await pods.get({ namespace, name, uid }, { signal });
    if (raw === undefined) return { id, rows, pod: undefined, why: "pod gone" };
    const { pod, release } = await podFacts.find(readPod(raw), id, signal);
    if (release.release) return { id, rows, pod, why: release.why };
    // Either the informer is behind, or somebody took the label away.
    if (pod.metadata.labels[label.key] !== id) record(podEvent(pod, "unlabelled"));
    batch.checkAgain(id, release.againInMs ?? retryStuckMs);
    return undefined;
  }

  /**
   * Deletes rows first, in one transaction. Finalizer, label and token go after them, so that a new pod of the same
   * name finds the addresses free.
   */
  async #release(releases: readonly Release[], batch: ReconcileBatch, signal: AbortSignal): Promise<void> {
    if (releases.length === 0) return;
    const gone = await this.#options.writer.remove(releases);
    await Promise.all(
      releases.map(async (release) => {
        if (!gone.has(release)) batch.checkAgain(release.id, changedAgainMs);
        else await this.#attempt(release.id, batch, () => this.#finish(release, signal));
      }),
    );
  }

  async #dropRules(id: string, rules: ActionOf<"drop-rules">["rules"]): Promise<void> {
    const { writer, logger } = this.#options;
    if (!(await writer.removeRules(rules))) return;
    logger.warn({ allocation: id, rules: rules.length }, "NAT rules without a port were removed");
  }

  async #finish({ id, pod, rows, why }: Release, signal: AbortSignal): Promise<void> {
    const { logger, metrics } = this.#options;
    const owner = rows[0]?.owner;
    if (rows.length > 0)
      metrics.count("ovn4nfv_ports_released_total", { why: pod === undefined ? why : "released" }, rows.length);
    logger.info(
      {
        allocation: id,
        namespace: pod?.metadata.namespace ?? owner?.namespace,
        pod: pod?.metadata.name ?? owner?.pod,
        ports: rows.length,
        why,
      },
      "addresses released",
    );
    if (pod === undefined) return;
    await this.#takeMarks(pod, signal);
    this.#finished.set(id, pod.metadata);
  }

  /**
   * The token goes, too. Otherwise a copy of the pod, or of its manifest, would be taken for a pod whose rows were
   * lost.
   */
  async #takeMarks({ metadata }: PodMetadata, signal: AbortSignal): Promise<PatchOutcome> {
    const { namespace = "", name = "", uid = "" } = metadata;
    const marks = { finalizer: finalizer.key, labels: [label.key], annotations: [token.key] };
    return this.#options.pods.removeFinalizer({ namespace, name }, { uid, ...marks }, { signal });
  }

  async #stripCopy(id: string, pod: PodMetadata, signal: AbortSignal): Promise<void> {
    if ((await this.#takeMarks(pod, signal)) === "gone") return;
    const { namespace, name } = pod.metadata;
    this.#options.logger.warn(
      { allocation: id, namespace, pod: name },
      "pod is a copy of another one, its marks were taken off",
    );
  }

  /**
   * Leaves pods out that are done. The rows of a release leave the monitor before the pod changes in the informer,
   * and nothing may be done twice for that.
   */
  #unfinished(id: string, pods: readonly PodMetadata[]): readonly PodMetadata[] {
    const done = this.#finished.get(id);
    if (done === undefined) return pods;
    const others = pods.filter(
      ({ metadata }) => metadata.uid !== done.uid || metadata.resourceVersion !== done.resourceVersion,
    );
    if (others.length === pods.length) this.#finished.delete(id);
    return others;
  }

  async #handOver(id: string, { pod, handovers }: ActionOf<"hand-over">, batch: ReconcileBatch): Promise<void> {
    for (const handover of handovers) {
      if (!(await this.#options.handover.move(handover))) batch.checkAgain(id, changedAgainMs);
      else if (handover.why === "target ready") this.#options.record(podEvent(pod, "handed over"));
    }
  }

  async #reCreate(
    id: string,
    { pod, missing }: ActionOf<"re-create">,
    batch: ReconcileBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const live = await this.#liveOwner(id, pod, signal);
    if (live === undefined) return;
    const trouble = await this.#options.reCreator.reCreate(live.pod, missing, live.revision);
    const result = trouble === undefined ? "done" : "impossible";
    this.#options.metrics.count("ovn4nfv_ports_recreated_total", { result }, missing.length);
    this.#tell(id, pod, batch, { done: "re-created", failed: "missing", trouble });
  }

  async #correct(
    id: string,
    { pod, changed }: ActionOf<"correct">,
    batch: ReconcileBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const live = await this.#liveOwner(id, pod, signal);
    if (live === undefined) return;
    const trouble = await this.#options.corrector.correct(live.pod, changed);
    const result = trouble === undefined ? "done" : "impossible";
    this.#options.metrics.count("ovn4nfv_ports_corrected_total", { result }, changed.length);
    this.#tell(id, pod, batch, { done: "corrected", failed: "changed", trouble });
  }

  /** Reads the pod, which must still live and own the allocation. */
  async #liveOwner(id: string, { metadata }: PodMetadata, signal: AbortSignal): Promise<LabelledPod | undefined> {
    const { pods, podFacts } = this.#options;
    const { namespace = "", name = "", uid = "" } = metadata;
    const raw = await pods.get({ namespace, name, uid }, { signal });
    const live = raw && (await podFacts.find(readPod(raw), id, signal));
    if (live === undefined || live.release.release || live.token !== "valid") return undefined;
    return live.pod.metadata.labels[label.key] === id ? live : undefined;
  }

  #tell(id: string, pod: PodMetadata, batch: ReconcileBatch, { done, failed, trouble }: PortRepair): void {
    this.#options.record(trouble === undefined ? podEvent(pod, done) : podEvent(pod, failed, trouble));
    if (trouble !== undefined) batch.checkAgain(id, retryStuckMs);
  }

  async #restoreFinalizer(pod: PodMetadata, signal: AbortSignal): Promise<void> {
    const { pods, logger } = this.#options;
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    const outcome = await pods.addFinalizer({ namespace, name }, { uid, finalizer: finalizer.key }, { signal });
    if (outcome === "patched") logger.warn({ namespace, pod: name }, "finalizer was stripped, it was put back");
  }

  async #tellReadiness({ pod, readiness }: ActionOf<"tell-readiness">, signal: AbortSignal): Promise<void> {
    const { pods, clock } = this.#options;
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    const condition = networksCondition(readiness, new Date(clock.now()));
    await pods.setCondition({ namespace, name }, { uid, condition }, { signal });
  }

  /** A failure for one allocation makes only that allocation be tried again. */
  async #attempt(id: string, batch: ReconcileBatch, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (caught) {
      batch.failed(id, fromUnknown(caught));
    }
  }
}

/** Anybody may edit a result. The ports that are bound to a pod are its own all the same. */
function whatIsHeld({ holdsPorts }: ActionOf<"report">): string {
  return holdsPorts ? "the addresses of its ports are held until it is deleted" : "it holds no addresses";
}
