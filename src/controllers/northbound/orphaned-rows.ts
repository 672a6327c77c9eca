import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { Debounce } from "../debounce/debounce.ts";

export interface OrphanedRowsOptions {
  /** The kind of the objects, for the log. */
  readonly kind: "network" | "uplink" | "chain" | "floating address" | "service";
  /** Gives the UIDs of all objects of the kinds, by a live read. */
  readonly liveUids: (options: CallOptions) => Promise<ReadonlySet<string>>;
  /** True when a switch of somebody else says that this Network shares it, whatever cluster it is of. Other kinds adopt none. */
  readonly isAdopter: (uid: string) => boolean;
  /** True when the informer knows the object. */
  readonly isKnown: (uid: string) => boolean;
  /** Gives the UIDs of the objects that have rows of this cluster. */
  readonly withRows: () => ReadonlySet<string>;
  /** Removes the rows, or says who still uses them. */
  readonly remove: (uid: string, options: CallOptions) => Promise<unknown>;
  /** Time between the first check and the one that deletes; the informer may lag behind another leader. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Rows still in use are checked again after this time, in case a port event was missed. */
const retryInUseMs = 60_000;

/**
 * Removes the rows of an object that is gone although nobody waited for its rows: its finalizer was stripped, or NB
 * was restored to an earlier time. It acts only after two checks and a live LIST, and never while somebody uses the rows. One
 * check is enough when this process saw the object go: then the informer does not lag behind.
 */
export class OrphanedRows {
  readonly #options: OrphanedRowsOptions;
  readonly #debounce: Debounce;
  /** UIDs of objects whose deletion this process saw. */
  readonly #deleted = new Set<string>();

  constructor(options: OrphanedRowsOptions) {
    this.#options = options;
    this.#debounce = new Debounce(options.settleMs);
  }

  /**
   * Called when an object of this cluster is deleted. Only then may the switch that it adopted be let go: an unknown
   * adopter may be of another cluster.
   */
  deleted(uid: string): void {
    this.#deleted.add(uid);
  }

  /** UIDs that have rows or were deleted, and no object that is known. */
  candidates(): readonly string[] {
    const { withRows, isKnown } = this.#options;
    return [...new Set([...withRows(), ...this.#deleted])].filter((uid) => !isKnown(uid));
  }

  async reconcile(uid: string, options: CallOptions): Promise<ReconcileResult> {
    const { kind, isKnown, isAdopter, withRows, liveUids, remove, clock, logger } = this.#options;
    const hasSome = withRows().has(uid) || (this.#deleted.has(uid) && isAdopter(uid));
    if (!hasSome) this.#deleted.delete(uid);
    const isOrphan = hasSome && !isKnown(uid);
    const left = this.#debounce.observe(uid, isOrphan ? ["gone"] : [], clock.monotonicMs());
    const waitMs = left.get("gone");
    if (waitMs === undefined) return {};
    if (waitMs > 0 && !this.#deleted.has(uid)) return { requeueAfterMs: waitMs };
    if ((await liveUids(options)).has(uid)) return {};
    const waiting = await remove(uid, options);
    if (waiting !== undefined) {
      logger.warn({ kind, uid, waiting }, "object is gone, and its rows are still used");
      return { requeueAfterMs: retryInUseMs };
    }
    this.#deleted.delete(uid);
    logger.warn({ kind, uid }, "rows of an object that is gone were removed");
    return {};
  }
}
