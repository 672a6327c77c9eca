import type { AllocationJob } from "./allocation-job.ts";

/** Most transactions that are in flight at once: the server works on one while the next is planned. See ADR 0005. */
const maxInFlight = 2;
/** Most allocations in one transaction. */
const maxGroup = 128;
/** When so many requests wait, they are made into two groups. Splitting fewer costs the server more than it saves. */
const worthSplitting = 64;
/** Further callers are refused when so many wait: they could not be served within any deadline. */
const maxWaiting = 10_000;

/** Holds the requests that wait for a transaction, and chooses those that go into the next one together. */
export class AllocationQueue {
  #waiting: AllocationJob[] = [];

  /** True when there is no room for one more request. A request that nobody waits for takes no room. */
  get isFull(): boolean {
    if (this.#waiting.length >= maxWaiting) this.#waiting = this.#waiting.filter((job) => !job.isSettled);
    return this.#waiting.length >= maxWaiting;
  }

  push(job: AllocationJob): void {
    this.#waiting.push(job);
  }

  /**
   * Takes the next group out of the queue. The group is empty when nobody waits, or when `inFlight` transactions are
   * enough.
   */
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

/** Counts the jobs that go together: all jobs before the first one that must go alone. */
function firstAlone(jobs: readonly AllocationJob[], most: number): number {
  const at = jobs.findIndex((job) => job.alone);
  return Math.min(most, at < 0 ? jobs.length : at);
}
