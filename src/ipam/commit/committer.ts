import { commit, type Operation, type OvsdbSession } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { allocationGroup, dhcpOptions } from "#src/ovn/nb-tables.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { AllocateOptions, Allocation, AllocationRequest } from "../allocation.ts";
import type { GroupDirectory } from "../groups/group-directory.ts";
import { AllocationJob } from "./allocation-job.ts";
import { AllocationQueue } from "./allocation-queue.ts";
import { toldAllocation, type Attempts } from "./attempts.ts";
import { backendUnavailable } from "./backend-unavailable.ts";
import { groupOperations, planGroup } from "./planned-group.ts";
import { isFenceFailure, type SessionFence } from "../fence/session-fence.ts";
import { Settlement } from "./settlement.ts";
import type { Rollback } from "./rollback.ts";
import { Notifier } from "./notifier.ts";

export interface CommitterOptions {
  readonly index: AddressIndex;
  readonly attempts: Attempts;
  readonly fence: SessionFence;
  readonly groups: Pick<GroupDirectory, "groupsOf" | "groupsWait">;
  readonly rollback: Rollback;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** UID of kube-system, written on each port. */
  readonly cluster: string;
  readonly newId: () => string;
  readonly anySwitch: boolean;
  readonly maxClaims?: number;
  /**
   * Says why nothing may be allocated just now (NB was restored, the stored pods are being read); undefined when it
   * may.
   */
  readonly closedReason: () => string | undefined;
  /**
   * Called for each session when its fence number is written. By then the index has all that was committed before: the server sends
   * updates before the answer, also one that was behind when it was read first.
   */
  readonly onFenced?: () => void;
}

/**
 * Commits allocations: it inserts the rows, then does the conflict check. Requests that arrive while a transaction is
 * in flight go into the next one together. Nothing is answered before the conflict check, and whatever is not
 * answered is rolled back. See docs/design/allocation-protocol.md.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #notifier = new Notifier();
  readonly #queue = new AllocationQueue();
  readonly #settlement: Settlement;
  readonly #inFlight = new Set<Promise<void>>();
  #isFenceBroken = false;
  /** Called whenever no request waits, no transaction is in flight, and nothing is left to roll back. */
  #onIdle = (): void => {};
  #lastError: AppError | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#settlement = new Settlement({
      ...options,
      retry: (job) => {
        this.#enqueue(job);
      },
    });
    options.rollback.onWork = () => {
      this.#notifier.notify();
    };
    options.fence.onDue = () => {
      this.#notifier.notify();
    };
  }

  /**
   * Reserves all ports of a pod, or none. Throws a refusal for what the user can correct, `BackendUnavailable` when NB
   * cannot answer within the deadline, and `Aborted` when the caller gave up. In each of these cases nothing stays in
   * NB.
   */
  allocate(request: AllocationRequest, options: AllocateOptions): Promise<Allocation> {
    const closed = this.#options.closedReason();
    if (closed !== undefined) return Promise.reject(backendUnavailable(closed));
    if (this.#queue.isFull) return Promise.reject(backendUnavailable("is overloaded"));
    let job: AllocationJob | undefined;
    return settleWithin<Allocation>(
      this.#options.clock,
      options,
      "allocation",
      (resolve, reject) => {
        job = new AllocationJob(request, resolve, reject, options.onPlanned);
        this.#enqueue(job);
      },
      (error) => {
        job?.abandon();
        return error.code === "DeadlineExceeded" ? this.#tooLate(error) : error;
      },
    );
  }

  /**
   * Rolls an allocation back that the API server cannot have got. Resolves when that is done, or turned out to be
   * impossible.
   */
  rollBack(allocation: Allocation): Promise<void> {
    return this.#settlement.rollBack(allocation);
  }

  /** Serves the queue over one session until it is lost. */
  async serve(session: OvsdbSession): Promise<void> {
    const { fence, rollback } = this.#options;
    try {
      await fence.open(session);
      this.#options.onFenced?.();
      this.#settlement.rollBackCutOff();
      await rollback.run(session);
      while (!session.signal.aborted) {
        if (fence.isDue || rollback.hasWork || this.#isFenceBroken) await this.#betweenGroups(session);
        const jobs = this.#queue.take(this.#inFlight.size);
        if (jobs.length > 0) {
          this.#send(session, jobs);
          continue;
        }
        if (this.#inFlight.size === 0 && !rollback.hasWork) this.#onIdle();
        await this.#notifier.wait(session.signal);
      }
    } catch (caught) {
      const error = fromUnknown(caught);
      this.#lastError = error;
      if (!session.signal.aborted) throw error;
    } finally {
      await Promise.all(this.#inFlight);
    }
  }

  /**
   * Ends the work of a process that will not come back: waits until each request is answered or rolled back, then
   * takes the fence key out of NB. Does nothing without a session. Throws `DeadlineExceeded`, `Aborted`, and what the
   * session throws; then the key stays, or may stay.
   */
  async retire(options: CallOptions): Promise<void> {
    const { clock, fence } = this.#options;
    if (!fence.isOpen) return;
    await settleWithin<undefined>(clock, options, "last allocations", (resolve) => {
      this.#onIdle = () => {
        resolve(undefined);
      };
      this.#notifier.notify();
    });
    await fence.retire(options);
  }

  /**
   * Does what must not happen beside a group in flight: a new fence number makes every transaction fail that was sent
   * under the old number.
   */
  async #betweenGroups(session: OvsdbSession): Promise<void> {
    const { fence, rollback } = this.#options;
    await Promise.all(this.#inFlight);
    if (this.#isFenceBroken) await fence.failed(session);
    this.#isFenceBroken = false;
    await fence.renewIfDue(session);
    await rollback.run(session);
  }

  #send(session: OvsdbSession, jobs: readonly AllocationJob[]): void {
    const sent = this.#commit(session, jobs).finally(() => {
      this.#inFlight.delete(sent);
      this.#notifier.notify();
    });
    this.#inFlight.add(sent);
  }

  /** The session is gone. Requests wait for the next session within their deadlines. */
  lost(error: AppError): void {
    this.#lastError = error;
  }

  /** Called when something besides a request may be due, so that an idle loop checks, too. */
  wake(): void {
    this.#notifier.notify();
  }

  #tooLate(cause: AppError): AppError {
    const { fence } = this.#options;
    if (fence.isOpen) return backendUnavailable("did not answer in the time allowed", cause);
    const why = this.#lastError === undefined ? "" : ` (${this.#lastError.message})`;
    return backendUnavailable(`cannot be reached${why}`, cause);
  }

  #enqueue(job: AllocationJob): void {
    this.#queue.push(job);
    this.#notifier.notify();
  }

  async #commit(session: OvsdbSession, jobs: readonly AllocationJob[]): Promise<void> {
    const { index, attempts, fence, groups, clock, metrics, cluster, newId, anySwitch, maxClaims = 0 } = this.#options;
    const closed = this.#options.closedReason();
    if (closed !== undefined) {
      for (const job of jobs) job.refuse(backendUnavailable(closed));
      return;
    }
    const view = { index, nowMs: clock.monotonicMs(), anySwitch, cluster, maxClaims };
    const group = planGroup(jobs, view, attempts, newId);
    if (group.length === 0) return;
    const startMs = clock.monotonicMs();
    const waits = [...fence.fenceWait(), groups.groupsWait()];
    const operations = [
      ...waits,
      ...groupOperations(group, groups, cluster, new Date(clock.now()).toISOString()),
      commit({ durable: true }),
    ];
    let isStale = false;
    const reply = session.transact(operations).then((results) => {
      isStale = results.some(({ count }, n) => count === 0 && countedTables.has(tableOf(operations[n])));
      return undefined;
    }, fromUnknown);
    for (const { job, attempt } of group) job.planned(toldAllocation(attempt));
    const error = await reply;
    metrics.observe("ovn4nfv_nb_transaction_duration_seconds", {}, (clock.monotonicMs() - startMs) / 1000);
    metrics.observe("ovn4nfv_nb_transaction_allocations", {}, group.length);
    // The wait for the groups is the last one. When it fails, the groups that NB has by now came before the reply.
    if (isFailedWait(error) && error.details.operation === waits.length - 1) isStale = true;
    for (const entry of group) this.#settlement.settle(entry, error, isStale);
    if (error !== undefined) this.#afterError(session, error);
  }

  #afterError(session: OvsdbSession, error: AppError): void {
    this.#lastError = error;
    this.#options.logger.warn({ err: error, endpoint: session.endpoint }, "transaction was not committed");
    if (isFenceFailure(error)) this.#isFenceBroken = true;
  }
}

/** Tables of rows that may be gone since the plan was made. */
const countedTables: ReadonlySet<unknown> = new Set([allocationGroup.name, dhcpOptions.name]);

function tableOf(operation: Operation | undefined): unknown {
  return operation !== undefined && "table" in operation ? operation["table"] : undefined;
}
