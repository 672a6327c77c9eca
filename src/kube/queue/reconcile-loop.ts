import { setImmediate } from "node:timers/promises";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface ReconcileResult {
  /** The key is reconciled again after this time, although nothing failed. */
  readonly requeueAfterMs?: number;
}

/**
 * Brings one key to its desired state, whatever has happened (level-based). When it throws, the key is tried again with
 * back-off. After an AppError with the disposition `terminal` it is not tried again before the key changes. An error with
 * the disposition `bug` is also counted as a panic.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

export interface ReconcileLoopOptions {
  /** The name in metrics and log lines, such as `networks`. */
  readonly controller: string;
  readonly queue: WorkQueue;
  readonly workers: number;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Works on the queue with several workers until the signal aborts. Resolves when all workers have ended. */
export async function runReconcileLoop(options: ReconcileLoopOptions, signal: AbortSignal): Promise<void> {
  // Prometheus sees an increase only of a counter that it has seen before.
  options.metrics.count("controller_runtime_reconcile_errors_total", { controller: options.controller }, 0);
  await Promise.all(Array.from({ length: options.workers }, () => work(options, signal)));
}

async function work(options: ReconcileLoopOptions, signal: AbortSignal): Promise<void> {
  const { queue } = options;
  for (;;) {
    const key = await queue.next(signal);
    if (key === undefined) return;
    try {
      await reconcileOnce(options, key, signal);
    } finally {
      queue.done(key);
    }
    // Keys for which nothing is due wait for nobody, and many of them would stop timers and connections.
    await setImmediate();
  }
}

async function reconcileOnce(options: ReconcileLoopOptions, key: string, signal: AbortSignal): Promise<void> {
  const { controller, queue, clock, logger, metrics } = options;
  const startedMs = clock.monotonicMs();
  let result: "success" | "requeue_after" | "error";
  try {
    const { requeueAfterMs } = await options.reconcile(key, signal);
    queue.forget(key);
    if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
    result = requeueAfterMs === undefined ? "success" : "requeue_after";
    logger.debug({ controller, key, result }, "reconciled");
  } catch (caught) {
    const error = fromUnknown(caught);
    if (signal.aborted) {
      logger.debug({ controller, key, err: error }, "reconcile was interrupted by the stop");
      return;
    }
    result = "error";
    metrics.count("controller_runtime_reconcile_errors_total", { controller });
    switch (error.disposition) {
      case "terminal":
        metrics.count("controller_runtime_terminal_reconcile_errors_total", { controller });
        logger.error({ controller, key, err: error }, "reconcile failed for good");
        queue.forget(key);
        break;
      case "bug":
        metrics.count("controller_runtime_reconcile_panics_total", { controller });
        logger.error({ controller, key, err: error }, "reconcile met a defect");
        queue.addRateLimited(key);
        break;
      case "retry":
        logger.warn({ controller, key, err: error, failures: queue.failures(key) + 1 }, "reconcile failed, will retry");
        queue.addRateLimited(key);
        break;
    }
  }
  metrics.count("controller_runtime_reconcile_total", { controller, result });
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  metrics.observe("controller_runtime_reconcile_time_seconds", { controller }, seconds);
}
