import type { AppError } from "#src/core/errors.ts";
import type { Allocation, AllocationRequest } from "../allocation.ts";

/** One caller's request on its way through the committer. */
export class AllocationJob {
  readonly request: AllocationRequest;
  /** True after a group with this job failed as a whole: it goes into a transaction of its own. */
  alone = false;
  /** How often it was planned. */
  tries = 0;
  #settled = false;
  readonly #onPlanned: ((draft: Allocation) => void) | undefined;
  readonly #resolve: (allocation: Allocation) => void;
  readonly #reject: (error: AppError) => void;

  constructor(
    request: AllocationRequest,
    resolve: (allocation: Allocation) => void,
    reject: (error: AppError) => void,
    onPlanned?: (draft: Allocation) => void,
  ) {
    this.request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onPlanned = onPlanned;
  }

  /** True when nobody waits any more: answered, refused, or given up by the caller. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** The caller gave up; what is in NB for it must be undone. */
  abandon(): void {
    this.#settled = true;
  }

  /** What was planned is on its way to NB; nobody may be told of it before it is answered. */
  planned(draft: Allocation): void {
    if (!this.#settled) this.#onPlanned?.(draft);
  }

  answer(allocation: Allocation): void {
    this.#settled = true;
    this.#resolve(allocation);
  }

  refuse(error: AppError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reject(error);
  }
}
