import { type DatabaseStatus, hasOlderData, type NewestEntry } from "./cluster-member.ts";

/** Two sightings of a leader with more time between them are two short lags, and not one that lasts. */
const longestGapMs = 15_000;

/**
 * Decides whether a cluster whose members have older data than was seen before was restored from a backup. A member
 * may lag behind, and so may a leader for a moment after its election. So every member that answers must have older
 * data for a time, and a connected leader must be among them.
 */
export class RestoreEvidence {
  readonly #afterMs: number;
  /** The first and the last time at which a leader with older data was seen, without anything that spoke against it. */
  #span: { readonly firstMs: number; readonly lastMs: number } | undefined;

  /** `afterMs` is how long the evidence must last. */
  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Takes the status that a member has sent. Gives true when the cluster of `newest` was restored. */
  add(status: DatabaseStatus, newest: NewestEntry | undefined, nowMs: number): boolean {
    if (newest === undefined || status.cid !== newest.clusterId) return false;
    if (!hasOlderData(status, newest)) {
      this.#span = undefined;
      return false;
    }
    if (!status.connected || !status.leader) return false;
    if (this.#span !== undefined && nowMs - this.#span.lastMs > longestGapMs) this.#span = undefined;
    const { firstMs } = this.#span ?? { firstMs: nowMs };
    this.#span = { firstMs, lastMs: nowMs };
    if (nowMs - firstMs < this.#afterMs) return false;
    this.#span = undefined;
    return true;
  }
}
