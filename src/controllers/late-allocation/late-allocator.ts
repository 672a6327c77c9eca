import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { PodApi, PodName } from "#src/kube/pods.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { podEvent } from "../pod-events/pod-events.ts";
import type { DefinitionSource } from "#src/pods/demand/definition-source.ts";
import { selectsOurs } from "#src/pods/demand/own-selections.ts";
import type { DecidePod } from "#src/pods/pod-decision.ts";
import { askingUnseen, judgeLate } from "./late-candidate.ts";

export interface LateAllocatorOptions {
  readonly pods: Pick<PodApi, "get" | "patchAsRead">;
  readonly decide: DecidePod;
  /** Reads definitions live. It is asked only about pods of namespaces that opted in. */
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly record: (note: EventNote) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Each outcome of a late allocation, as the metric names it. */
const lateResults = ["allocated", "refused", "undone", "unknown"] as const;
const callMs = 15_000;
/** Others may remove the cause of a refusal: they make the network, or addresses become free. */
const retryRefusedMs = 60_000;

/**
 * Allocates for stored pods, one at a time. The decision is the webhook's; the patch applies only to the version of the pod
 * that was decided about. A stored pod can get nothing that is not in its metadata. When the process dies between commit and
 * patch, or nobody knows whether the patch was stored, the rows are an ordinary reservation: they are bound if the pod has them,
 * and swept if not.
 */
export class LateAllocator {
  readonly #options: LateAllocatorOptions;

  constructor(options: LateAllocatorOptions) {
    this.#options = options;
    for (const result of lateResults) options.metrics.count("ovn4nfv_late_allocations_total", { result }, 0);
  }

  /** Throws when the API server or NB cannot be reached. */
  async reconcile(target: PodName, signal: AbortSignal): Promise<ReconcileResult> {
    const { pods, definitions, excludedNamespaces, record, clock } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + callMs };
    // The pod may have been scheduled since the informer saw it.
    const raw = await pods.get(target, call);
    if (raw === undefined) return {};
    const pod = readPod(raw);
    const verdict = judgeLate(pod, excludedNamespaces);
    const bySelections = verdict !== "leave" && askingUnseen(pod) === "by selections";
    if (bySelections && !(await selectsOurs(pod, definitions, call))) return {};
    if (verdict === "tell") record(podEvent(pod, "not allocated"));
    if (verdict !== "allocate") return {};
    try {
      return await this.#allocate(raw, call);
    } catch (caught) {
      if (!isRefusal(caught) || caught.code === "BackendUnavailable") throw caught;
      this.#count("refused");
      record(podEvent(pod, "late refused", caught.message));
      return { requeueAfterMs: retryRefusedMs };
    }
  }

  async #allocate(raw: KubeObject, call: Required<CallOptions>): Promise<ReconcileResult> {
    const { decide, pods, record, logger } = this.#options;
    const { name: pod, namespace = "" } = raw.metadata;
    // An object that was parsed from JSON is a JSON object.
    const object = raw as unknown as JsonObject;
    const decision = await decide({ object, namespace, dryRun: false, username: "ovn4nfv controller" }, call);
    if (decision.kind === "unchanged") return {};
    if (decision.kind === "refused") throw decision.error;
    const { patch, reservation } = decision;
    if (reservation === undefined) throw new AppError("Internal", "patched without allocation");
    const { allocation } = reservation;
    const beyond = patch.find(({ path }) => !path.startsWith("/metadata/"));
    if (beyond !== undefined) {
      await reservation.rollBack();
      this.#count("refused");
      record(podEvent(readPod(raw), "not late", beyond.path));
      return {};
    }
    // This is the audit line of the allocation. Its fate in Kubernetes has lines of its own.
    reservation.confirm();
    try {
      await pods.patchAsRead(raw, patch, call);
    } catch (caught) {
      const fate = await this.#fateOf(raw, allocation, caught, call);
      if (fate !== "stored") {
        logger.warn({ allocation, namespace, pod, fate, err: fromUnknown(caught) }, "late allocation was not stored");
        this.#count(fate);
        if (fate === "undone") await reservation.rollBack();
        throw caught;
      }
    }
    logger.info({ allocation, namespace, pod }, "allocated late");
    this.#count("allocated");
    record(podEvent(readPod(raw), "late"));
    return {};
  }

  /** The patch was not stored when the API server says so. When it says nothing, only the pod can tell. */
  async #fateOf(
    { metadata }: KubeObject,
    allocation: string,
    caught: unknown,
    { signal }: Required<CallOptions>,
  ): Promise<"stored" | "undone" | "unknown"> {
    const status = apiErrorDetails(caught)?.status;
    if (status !== undefined && status < 500) return "undone";
    const { name, namespace = "", uid } = metadata;
    const live = await this.#options.pods.get({ namespace, name, uid }, { signal }).catch(() => undefined);
    return live?.metadata.labels?.[annotationKeys.allocation.key] === allocation ? "stored" : "unknown";
  }

  #count(result: (typeof lateResults)[number]): void {
    this.#options.metrics.count("ovn4nfv_late_allocations_total", { result });
  }
}
