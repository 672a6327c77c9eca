import type { AppError } from "#src/core/errors.ts";
import type { Allocation, AllocationRequest } from "../allocation.ts";

/** The request of one caller on its way through the committer. */
export class AllocationJob {
  readonly request: AllocationRequest;
  /** True after a group with this job failed as a whole. The job then goes into a transaction of its own. */
  alone = false;
  /** The number of times that it was planned. */
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

  /** True when nobody waits for it any more: it was answered or refused, or the caller gave up. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** The caller gave up. What NB has for it must be rolled back. */
  abandon(): void {
    this.#settled = true;
  }

  /** The plan is on its way to NB. Nobody outside may be told of it before it is answered. */
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
