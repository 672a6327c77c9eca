import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import type { OwnedRows } from "#src/ovn/owned-rows.ts";
import { topologyScope } from "#src/ovn/topology.ts";
import { Debounce } from "../debounce/debounce.ts";
import type { NetworkReconciler } from "./network-reconciler.ts";

export interface OrphanedRowsOptions {
  /** The UIDs of all Networks by a live LIST. */
  readonly liveUids: (options: CallOptions) => Promise<ReadonlySet<string>>;
  /** Whether a switch of somebody else says that this Network shares it, of whatever cluster it is. */
  readonly isAdopter: (uid: string) => boolean;
  /** Whether the informer knows the Network. */
  readonly isKnown: (uid: string) => boolean;
  /** UIDs of the Networks that have rows of this cluster. */
  readonly withRows: () => ReadonlySet<string>;
  readonly reconciler: Pick<NetworkReconciler, "remove">;
  /** Time between the first and the deciding look: the watch may be behind another leader. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ports that come and go are seen; this is for what was missed. */
const retryInUseMs = 60_000;

/** The UIDs of Networks for which there are rows of this cluster; the topology belongs to none. */
export function networksWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const uids = new Set([...rows.keys()].map((id) => id.slice(0, id.indexOf("/"))));
  uids.delete(topologyScope);
  return uids;
}

/**
 * Takes away what was made for a Network that is gone though nobody waited for it: its finalizer was stripped, or NB was
 * restored to a time when it was there. Not before two looks and a live LIST, and never while ports of others are on it.
 */
export class OrphanedRows {
  readonly #options: OrphanedRowsOptions;
  readonly #debounce: Debounce;
  /** Networks of this cluster that were seen to go. */
  readonly #deleted = new Set<string>();

  constructor(options: OrphanedRowsOptions) {
    this.#options = options;
    this.#debounce = new Debounce(options.settleMs);
  }

  /** A Network is gone: what it adopted may be let go. Other clusters' Networks adopt switches, too. */
  deleted(uid: string): void {
    this.#deleted.add(uid);
  }

  /** UIDs that have rows and no Network that is known. */
  candidates(): readonly string[] {
    return [...this.#options.withRows()].filter((uid) => !this.#options.isKnown(uid));
  }

  async reconcile(uid: string, options: CallOptions): Promise<ReconcileResult> {
    const { isKnown, isAdopter, withRows, liveUids, reconciler, clock, logger } = this.#options;
    const hasSome = withRows().has(uid) || (this.#deleted.has(uid) && isAdopter(uid));
    if (!hasSome) this.#deleted.delete(uid);
    const isOrphan = hasSome && !isKnown(uid);
    const left = this.#debounce.observe(uid, isOrphan ? ["gone"] : [], clock.monotonicMs());
    const waitMs = left.get("gone");
    if (waitMs === undefined) return {};
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    if ((await liveUids(options)).has(uid)) return {};
    const waiting = await reconciler.remove({ uid }, options);
    if (waiting !== undefined) {
      logger.warn({ uid, waiting }, "network is gone, and its switch is still used");
      return { requeueAfterMs: retryInUseMs };
    }
    logger.warn({ uid }, "rows of a network that is gone were removed");
    return {};
  }
}
