import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { PodApi, PodName } from "#src/kube/pods.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { podEvent } from "../pod-events/pod-events.ts";
import { askingUnseen, judgeLate } from "./late-candidate.ts";

/** What the webhook's own code would have written into a pod, committed to NB as a reservation. */
export interface LateAdmission {
  readonly allocation: string;
  /** RFC 6902 operations on the pod as it was handed in. */
  readonly patch: readonly object[];
  /** Takes the reservation back; what cannot be taken back is left to the sweep. */
  readonly undo: () => Promise<void>;
}

/** Undefined: the pod asks for nothing. Throws refusals, and `BackendUnavailable` when NB cannot be had in time. */
export type AdmitLate = (pod: KubeObject, options: Required<CallOptions>) => Promise<LateAdmission | undefined>;

/** True when one of the pod's Multus selections is a definition of ours. */
export type SelectsOurs = (pod: PodMetadata, options: CallOptions) => Promise<boolean>;

export interface LateAllocatorOptions {
  readonly pods: Pick<PodApi, "get" | "patchAsRead">;
  readonly admit: AdmitLate;
  readonly selectsOurs: SelectsOurs;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly record: (note: EventNote) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const callMs = 15_000;
/** A refusal may be mended by others: a network that comes, a pool that empties. */
const retryRefusedMs = 60_000;

/**
 * Allocates for one stored pod: commit, look and sign as in the webhook, then a patch that only this very version of the
 * pod takes. When the process dies between commit and patch, or nobody knows whether the patch was stored, the rows are
 * an ordinary reservation: bound if the pod has them, swept if not.
 */
export class LateAllocator {
  readonly #options: LateAllocatorOptions;

  constructor(options: LateAllocatorOptions) {
    this.#options = options;
  }

  /** Throws when the API server or NB cannot be reached. */
  async reconcile(target: PodName, signal: AbortSignal): Promise<ReconcileResult> {
    const { pods, selectsOurs, excludedNamespaces, record, clock } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + callMs };
    // What the informer shows may be scheduled by now.
    const raw = await pods.get(target, call);
    if (raw === undefined) return {};
    const pod = readPod(raw);
    const verdict = judgeLate(pod, excludedNamespaces);
    if (verdict !== "leave" && askingUnseen(pod) === "by selections" && !(await selectsOurs(pod, call))) return {};
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
    const { admit, pods, record, logger } = this.#options;
    const admission = await admit(raw, call);
    if (admission === undefined) return {};
    const { allocation, patch, undo } = admission;
    const { name: pod, namespace = "" } = raw.metadata;
    try {
      await pods.patchAsRead(raw, patch, call);
    } catch (caught) {
      const fate = await this.#fateOf(raw, allocation, caught, call);
      if (fate !== "stored") {
        logger.warn({ allocation, namespace, pod, fate, err: fromUnknown(caught) }, "late allocation was not stored");
        this.#count(fate);
        if (fate === "undone") await undo();
        throw caught;
      }
    }
    logger.info({ allocation, namespace, pod }, "allocated late");
    this.#count("allocated");
    record(podEvent(readPod(raw), "late"));
    return {};
  }

  /** An answer that it was not taken is ground for taking it back; without an answer only the pod can tell. */
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

  #count(result: "allocated" | "refused" | "undone" | "unknown"): void {
    this.#options.metrics.count("ovn4nfv_late_allocations_total", { result });
  }
}
