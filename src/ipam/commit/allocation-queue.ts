import type { AllocationJob } from "./allocation-job.ts";

/** Most transactions that the server is given at once: it works on one while the next is planned. ADR 0005. */
const maxInFlight = 2;
/** Most allocations in one transaction. */
const maxGroup = 128;
/** From so many waiting requests on two groups are made of them: smaller ones cost the server more than they save. */
const worthSplitting = 64;
/** More callers than this at once are refused: they could not be served inside any deadline. */
const maxWaiting = 10_000;

/** The requests that wait for a transaction, and which of them go into the next one together. */
export class AllocationQueue {
  #waiting: AllocationJob[] = [];

  /** Whether there is no room for one more; those that nobody waits for any more take none. */
  get isFull(): boolean {
    if (this.#waiting.length >= maxWaiting) this.#waiting = this.#waiting.filter((job) => !job.isSettled);
    return this.#waiting.length >= maxWaiting;
  }

  push(job: AllocationJob): void {
    this.#waiting.push(job);
  }

  /** Takes the next group out, empty when nobody waits or `inFlight` transactions are enough. */
  take(inFlight: number): readonly AllocationJob[] {
    if (inFlight >= maxInFlight) return [];
    const waiting = this.#waiting.filter((job) => !job.isSettled);
    const share =
      waiting.length < worthSplitting ? waiting.length : Math.ceil(waiting.length / (maxInFlight - inFlight));
    const count = waiting[0]?.alone === true ? 1 : firstAlone(waiting, Math.min(share, maxGroup));
    this.#waiting = waiting.slice(count);
    return waiting.slice(0, count);
  }
}

/** How many jobs go together: all up to the first that must go alone. */
function firstAlone(jobs: readonly AllocationJob[], most: number): number {
  const at = jobs.findIndex((job) => job.alone);
  return Math.min(most, at < 0 ? jobs.length : at);
}
