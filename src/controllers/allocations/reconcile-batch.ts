import type { AppError } from "#src/core/errors.ts";
import type { AllocationAction } from "../allocation-rules/allocation-actions.ts";
import type { KeyOutcome } from "./batch-loop.ts";

/** The actions of one kind. */
export type ActionOf<D extends AllocationAction["do"]> = Extract<AllocationAction, { readonly do: D }>;

/**
 * Rows that changed since they were read are looked at again after this time, when NB's changes have arrived. Without a pause one look
 * would follow the other for as long as the rows stay different.
 */
export const changedAgainMs = 100;

/** The actions of one pass by kind, and the outcome for each allocation. */
export class ReconcileBatch {
  readonly outcomes = new Map<string, KeyOutcome>();
  readonly #actions: (readonly [string, AllocationAction])[] = [];

  add(id: string, action: AllocationAction): void {
    this.#actions.push([id, action]);
  }

  of<D extends AllocationAction["do"]>(kind: D): (readonly [string, ActionOf<D>])[] {
    return this.#actions.filter((each): each is readonly [string, ActionOf<D>] => each[1].do === kind);
  }

  /** The soonest of several times counts. */
  checkAgain(id: string, afterMs: number): void {
    const outcome = this.outcomes.get(id);
    if (outcome !== undefined && "error" in outcome) return;
    this.outcomes.set(id, { requeueAfterMs: Math.min(afterMs, outcome?.requeueAfterMs ?? afterMs) });
  }

  failed(id: string, error: AppError): void {
    this.outcomes.set(id, { error });
  }
}
