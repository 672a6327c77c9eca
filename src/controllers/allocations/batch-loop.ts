import { setImmediate } from "node:timers/promises";
import type { Clock } from "#src/core/clock.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import type { WorkQueue } from "#src/kube/queue/work-queue.ts";

/** The outcome for one key. A key without an outcome has succeeded. */
export type KeyOutcome = ReconcileResult | { readonly error: AppError };

export interface BatchLoopOptions {
  readonly controller: string;
  readonly queue: WorkQueue;
  /** Most keys that are handed over at once. */
  readonly maxBatch: number;
  /** Brings several keys to their desired state. A thrown error counts for all of them. */
  readonly reconcile: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, KeyOutcome>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Does what `runReconcileLoop` does, for work that is cheaper together: takes all keys that are ready, up to a limit,
 * until the signal aborts.
 */
export async function runBatchLoop(options: BatchLoopOptions, signal: AbortSignal): Promise<void> {
  const { controller, queue, maxBatch, metrics } = options;
  metrics.count("controller_runtime_reconcile_errors_total", { controller }, 0);
  for (;;) {
    const first = await queue.next(signal);
    if (first === undefined) return;
    const keys = [first];
    while (keys.length < maxBatch && queue.depth > 0) {
      const next = await queue.next(signal);
      if (next === undefined) break;
      keys.push(next);
    }
    try {
      await reconcileBatch(options, keys, signal);
    } finally {
      for (const key of keys) queue.done(key);
    }
    // Batches in which nothing is due wait for nobody, and 50,000 pods would stop the renewal of the Lease for seconds.
    await setImmediate();
  }
}

async function reconcileBatch(options: BatchLoopOptions, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const { controller, clock, logger, metrics } = options;
  const startedMs = clock.monotonicMs();
  let outcomes: ReadonlyMap<string, KeyOutcome>;
  try {
    outcomes = await options.reconcile(keys, signal);
  } catch (caught) {
    const error = fromUnknown(caught);
    if (signal.aborted) {
      logger.debug({ controller, keys: keys.length, err: error }, "reconcile was interrupted by the stop");
      return;
    }
    outcomes = new Map(keys.map((key) => [key, { error }]));
  }
  for (const key of keys) settle(options, key, outcomes.get(key) ?? {});
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  metrics.observe("controller_runtime_reconcile_time_seconds", { controller }, seconds);
}

/** Every error is tried again. The keys are allocations, which do not change by themselves. */
function settle({ controller, queue, logger, metrics }: BatchLoopOptions, key: string, outcome: KeyOutcome): void {
  if ("error" in outcome) {
    const failures = queue.failures(key) + 1;
    metrics.count("controller_runtime_reconcile_total", { controller, result: "error" });
    metrics.count("controller_runtime_reconcile_errors_total", { controller });
    logger.warn({ controller, key, err: outcome.error, failures }, "reconcile failed, will retry");
    queue.addRateLimited(key);
    return;
  }
  const { requeueAfterMs } = outcome;
  queue.forget(key);
  if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
  const result = requeueAfterMs === undefined ? "success" : "requeue_after";
  metrics.count("controller_runtime_reconcile_total", { controller, result });
}
