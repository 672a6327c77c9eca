// The frame of the keepers that bring a part of the node's Open_vSwitch database to what is wanted.
import type { Operation } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";

/** The database of Open vSwitch, as far as all keepers are concerned. */
export interface KeptDatabase {
  /** Number of changes that were seen. */
  readonly changes: number;
  whenChanged(seen: number, options: CallOptions): Promise<void>;
  /** Makes one transaction, and gives true when ovs-vswitchd has acted on it in time. */
  change(operations: readonly Operation[], options: CallOptions): Promise<boolean>;
}

export interface OvsPassesParts {
  readonly database: KeptDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const retryLimits = { initialMs: 200, maxMs: 30_000, ratePerSecond: 5, burst: 10 };
/** Many changes of the database need one pass. */
const gatherMs = 100;

/** Makes the passes of one keeper, and keeps what they found for those who tell of it. */
export class OvsPasses<Found> {
  readonly #name: string;
  readonly #parts: OvsPassesParts;
  readonly #queue: WorkQueue;
  readonly #listeners: (() => void)[] = [];
  #found: Found | undefined;

  /** `name` is that of the keeper in metrics and log lines. */
  constructor(name: string, parts: OvsPassesParts) {
    this.#name = name;
    this.#parts = parts;
    const { clock, metrics } = parts;
    this.#queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
  }

  /** The last pass found this; it is undefined before the first one. */
  get found(): Found | undefined {
    return this.#found;
  }

  /** The listener is called after each change of `found`. */
  onFound(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Asks for a pass. */
  ask(): void {
    this.#queue.add(this.#name);
  }

  /**
   * Makes passes until the signal aborts: when asked, and when `markOf` gives another text after a change of the database. The
   * text is "" while there is nothing to see, and undefined while changes do not matter. It never rejects.
   */
  async run(
    pass: (signal: AbortSignal) => Promise<ReconcileResult>,
    markOf: () => string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, metrics } = this.#parts;
    const reconcile = (_key: string, stop: AbortSignal) => pass(stop);
    const loop = { controller: this.#name, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    await Promise.all([this.#followDatabase(markOf, signal), runReconcileLoop(loop, signal)]);
    this.#queue.close();
  }

  /** Makes one transaction, and warns when ovs-vswitchd has not acted on it in time. Throws the errors of a transaction. */
  async change(operations: readonly Operation[], options: CallOptions): Promise<void> {
    const { database, logger } = this.#parts;
    if (await database.change(operations, options)) return;
    logger.warn({}, "ovs-vswitchd does not act on changes of its database");
  }

  /** Takes what a pass found. Where it is news, `tell` gets what was found before, and listeners are called. */
  report(found: Found, tell: (before: Found | undefined) => void): void {
    const before = this.#found;
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(found)) return;
    this.#found = found;
    tell(before);
    for (const listener of this.#listeners) listener();
  }

  async #followDatabase(markOf: () => string | undefined, signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#parts;
    let known = "";
    while (!signal.aborted) {
      const seen = database.changes;
      const now = markOf() ?? known;
      if (now !== known) this.ask();
      known = now;
      await database.whenChanged(seen, { signal }).catch(() => undefined);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    }
  }
}
