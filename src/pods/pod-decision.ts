// The decision about one pod, whoever asks for it: the webhook, late allocation, or `admit`.
import type { PodController } from "#src/api/pod/pod-metadata.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import type { AppError } from "#src/core/errors.ts";

/** A pod that is to be decided about. */
export interface NewPod {
  /** The Pod as JSON. It is neither copied nor changed. */
  readonly object: JsonObject;
  /** The namespace in which the pod is created; "" when only the object itself says it. */
  readonly namespace: string;
  /** When true, addresses are chosen and nothing is written to NB. */
  readonly dryRun: boolean;
  /** The workload that would control the pod, for one that a manifest only describes. */
  readonly controller?: PodController | undefined;
  /** The user who asks, for the audit line. */
  readonly username: string;
}

/** A stored pod that somebody changes. */
export interface ChangedPod extends NewPod {
  /** The name of the pod that the request is for. */
  readonly name: string;
  /** The Pod as it is stored until now. */
  readonly before: JsonObject;
}

/** The addresses that NB holds for a pod which is not stored with them yet. */
export interface PodReservation {
  /** The id of the allocation, a ULID. */
  readonly allocation: string;
  /** Writes the audit line. The caller calls it once the patch is on its way to the API server; it does not throw. */
  readonly confirm: () => void;
  /** Deletes the rows, when the pod was not stored with them. The sweep deletes those that this cannot. */
  readonly rollBack: () => Promise<void>;
}

/** An answer that leaves the pod as it is. */
export type UnpatchedDecision =
  | { readonly kind: "unchanged"; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly error: AppError<RefusalCode>; readonly warnings: readonly string[] };

export interface PatchDecision {
  readonly kind: "patched";
  readonly patch: readonly PatchOperation[];
  readonly warnings: readonly string[];
  /** Undefined when nothing was allocated: in a dry run, and when marks of another pod were only removed. */
  readonly reservation: PodReservation | undefined;
}

export type PodDecision = UnpatchedDecision | PatchDecision;

/**
 * Decides about one pod until the deadline. Refusals are decisions; it throws what is no refusal, after it has rolled
 * back what it allocated.
 */
export type DecidePod = (pod: NewPod, call: Required<CallOptions>) => Promise<PodDecision>;

/** Decides about the change of one stored pod, in the same way. */
export type DecideChange = (pod: ChangedPod, call: Required<CallOptions>) => Promise<PodDecision>;
