// Copies packets of pods for Taps by mirrors of Open vSwitch, and takes them away again.
import type { Operation } from "ovsdb-client";
import type { NodeTap, NodeTapStatus } from "#src/api/node/node-taps.ts";
import { ovnNodeSpecSchema } from "#src/api/node/node-taps.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import type { OvsTapping } from "./ovs-tapping.ts";
import { tapOperations } from "./tap-operations.ts";
import { planTaps } from "./tap-plan.ts";

/** The database of Open vSwitch, as far as taps are concerned. */
export interface TapDatabase {
  /** Undefined while the database or the integration bridge is not seen. */
  readonly tapping: OvsTapping | undefined;
  /** Number of changes that were seen. */
  readonly changes: number;
  whenChanged(seen: number, options: CallOptions): Promise<void>;
  /** Makes one transaction, and gives true when ovs-vswitchd has acted on it in time. */
  change(operations: readonly Operation[], options: CallOptions): Promise<boolean>;
}

export interface TapKeeperParts {
  readonly database: TapDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const name = "taps";
const retryLimits = { initialMs: 200, maxMs: 30_000, ratePerSecond: 5, burst: 10 };
/** Many changes of the database need one pass. */
const gatherMs = 100;
const changeLimitMs = 10_000;
/** Each round looks at what has become of the one before. */
const maxRounds = 5;
const tapsMetric = "ovn4nfv_agent_taps";

/**
 * Keeps the mirrors and tunnels of this node equal to the plan (tap-plan.ts). Rows that the agent has not made stay as they are.
 * Before the API server has said what is wanted nothing is changed, so that a tap goes on while the agent restarts.
 */
export class TapKeeper {
  readonly #parts: TapKeeperParts;
  readonly #queue: WorkQueue;
  readonly #listeners: (() => void)[] = [];
  #wanted: readonly NodeTap[] | undefined;
  #taps: readonly NodeTapStatus[] | undefined;

  constructor(parts: TapKeeperParts) {
    this.#parts = parts;
    const { clock, metrics } = parts;
    this.#queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
  }

  /** The words about each tap; undefined before the first pass. */
  get taps(): readonly NodeTapStatus[] | undefined {
    return this.#taps;
  }

  /** The listener is called after each change of `taps`. */
  onTaps(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes the OvnNode of this node in each of its states; undefined while there is none. */
  readonly nodeChanged = (node: KubeObject | undefined): void => {
    const spec = ovnNodeSpecSchema.safeParse(node?.["spec"] ?? {});
    if (!spec.success) {
      this.#parts.logger.warn({ err: spec.error }, "taps of the node cannot be read");
      return;
    }
    const { taps = [] } = spec.data;
    if (this.#wanted !== undefined && JSON.stringify(taps) === JSON.stringify(this.#wanted)) return;
    this.#wanted = taps;
    this.#queue.add(name);
  };

  /** Makes a pass after each change. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#parts;
    const reconcile = (_key: string, stop: AbortSignal) => this.pass(stop);
    const loop = { controller: name, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    await Promise.all([this.#followDatabase(signal), runReconcileLoop(loop, signal)]);
    this.#queue.close();
  }

  /** One pass. Throws the errors of a transaction. */
  async pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { database, clock, logger } = this.#parts;
    const wanted = this.#wanted;
    if (wanted === undefined) return {};
    for (let round = 1; round <= maxRounds; round += 1) {
      const { tapping, changes } = database;
      if (tapping === undefined) return {};
      const plan = planTaps(wanted, tapping);
      const operations = tapOperations(plan, tapping);
      if (operations.length === 0) {
        this.#report(plan.seen);
        return {};
      }
      const options = { signal, deadlineMs: clock.monotonicMs() + changeLimitMs };
      if (!(await database.change(operations, options))) {
        logger.warn({}, "ovs-vswitchd does not act on changes of its database");
      }
      const { mirrors, tunnels } = plan;
      logger.info({ mirrors: mirrors.length, tunnels: tunnels.length }, "mirrors of taps written");
      await database.whenChanged(changes, options);
    }
    throw new AppError("RowsChanged", "the mirrors of the node did not stay as they were made");
  }

  #report(taps: readonly NodeTapStatus[]): void {
    const before = this.#taps;
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(taps)) return;
    this.#taps = taps;
    const { metrics, logger } = this.#parts;
    for (const state of ["Active", "Waiting", "Refused"] as const) {
      metrics.set(tapsMetric, { state: state.toLowerCase() }, taps.filter((one) => one.state === state).length);
    }
    for (const { uid, state, reason, message } of taps) {
      const known = before?.find((one) => one.uid === uid);
      if (known?.reason === reason) continue;
      const fields = { tap: uid, state, reason, why: message };
      if (state === "Refused") logger.warn(fields, "tap refused");
      else logger.info(fields, "tap changed");
    }
    for (const listener of this.#listeners) listener();
  }

  async #followDatabase(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#parts;
    let known: string | undefined;
    while (!signal.aborted) {
      const seen = database.changes;
      // Ports of pods come and go all the time, and matter only where there are taps.
      if (this.#wanted === undefined || this.#wanted.length > 0 || hasOwnRows(database.tapping)) {
        const now = markOf(database.tapping);
        if (now !== known) this.#queue.add(name);
        known = now;
      }
      await database.whenChanged(seen, { signal }).catch(() => undefined);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    }
  }
}

function hasOwnRows(tapping: OvsTapping | undefined): boolean {
  return tapping !== undefined && tapping.mirrors.length + tapping.tunnels.length > 0;
}

function markOf(tapping: OvsTapping | undefined): string {
  if (tapping === undefined) return "";
  const { ports, tunnels, ...rest } = tapping;
  const printed = tunnels.map(({ options, ...tunnel }) => ({ ...tunnel, options: [...options] }));
  return JSON.stringify({ ...rest, ports: [...ports], tunnels: printed });
}
