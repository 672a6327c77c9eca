// Runs a pass over a few named objects at the start and whenever one of them changes.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "./client/api-client.ts";
import { watchNamed } from "./informer/named-watch.ts";
import { type ReconcileResult, runReconcileLoop } from "./queue/reconcile-loop.ts";
import type { ObjectName } from "./client/resource-api.ts";
import type { Resource } from "./client/resources.ts";
import { RetryLimiter } from "./queue/retry-limiter.ts";
import { WorkQueue } from "./queue/work-queue.ts";

export interface ObjectKeeperOptions {
  /** The name of the queue in metrics and log lines. */
  readonly name: string;
  readonly client: ApiClient;
  /** A change of one of these objects starts a pass. */
  readonly watched: readonly { readonly resource: Resource; readonly target: ObjectName }[];
  /** Looks at everything by live reads and does what is due. It never runs twice at the same time. */
  readonly pass: (signal: AbortSignal) => Promise<ReconcileResult>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** These objects are few, so that a failed pass may be tried again sooner than in a controller of many objects. */
const retryLimits = { initialMs: 200, maxMs: 30_000, ratePerSecond: 10, burst: 20 };

/** Runs a pass at the start, at each change, and when a pass has asked for one, until the signal aborts. It never rejects. */
export async function keepObjects(options: ObjectKeeperOptions, signal: AbortSignal): Promise<void> {
  const { name, client, watched, pass, clock, logger, metrics } = options;
  const queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
  const onState = (): void => {
    queue.add(name);
  };
  const watches = watched.map((which) => watchNamed({ client, clock, logger, metrics, ...which, onState }, signal));
  const reconcile = (_key: string, within: AbortSignal) => pass(within);
  const loop = { controller: name, queue, workers: 1, reconcile, clock, logger, metrics };
  queue.add(name);
  await Promise.all([...watches, runReconcileLoop(loop, signal)]);
  queue.close();
}
