import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { commit } from "#src/ovsdb/operations.ts";
import type { OvsdbSession } from "#src/ovsdb/session.ts";
import type { AddressIndex } from "./address-index.ts";
import type { AllocateOptions, Allocation, AllocationRequest } from "./allocation.ts";
import { AllocationJob } from "./allocation-job.ts";
import { type Attempt, type Attempts, look, rowsOf } from "./attempts.ts";
import { backendUnavailable } from "./backend-unavailable.ts";
import type { SessionFence } from "./session-fence.ts";
import { type GroupEntry, groupOperations, planGroup, releaseAside } from "./planned-group.ts";
import type { Undoer } from "./undoer.ts";
import { Wake } from "./wake.ts";

export interface CommitterOptions {
  readonly index: AddressIndex;
  readonly attempts: Attempts;
  readonly fence: SessionFence;
  readonly undoer: Undoer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** UID of kube-system, written on each port. */
  readonly cluster: string;
  readonly newId: () => string;
  readonly anySwitch: boolean;
  /** Why nothing may be allocated just now (NB was restored, claims are being read); undefined = open. */
  readonly closedReason: () => string | undefined;
}

/** Most allocations in one transaction. */
const maxGroup = 128;
const maxInFlight = 2;
/** From so many waiting requests on two groups are made of them: smaller ones cost the server more than they save. */
const worthSplitting = 64;
/** More callers than this at once are refused: they could not be served inside any deadline. */
const maxQueue = 10_000;
/** A request that loses this often shares its switch with a writer that does not play by the rules. */
const maxTries = 16;

/**
 * Commits allocations: insert, then look. Requests that arrive while a transaction is in flight go into the next one
 * together. Nothing is answered before the look, and whatever is not answered is taken back. DESIGN 4.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #wake = new Wake();
  #queue: AllocationJob[] = [];
  /** The server works on one group while the next is planned. */
  readonly #inFlight = new Set<Promise<void>>();
  /** Attempts whose transaction was cut off; looked for and deleted on the next connection. */
  readonly #orphans = new Set<Attempt>();
  #isFenceBroken = false;
  /** Called whenever nothing is asked for, in flight or to be taken back. */
  #onIdle = (): void => {};
  #lastError: AppError | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    options.undoer.onWork = () => {
      this.#wake.ring();
    };
  }

  /**
   * Reserves all ports of a pod, or none. Throws the refusal for what the user can mend, `BackendUnavailable` when NB
   * cannot answer within the deadline, `Aborted` when the caller gave up; in each of these cases nothing stays in NB.
   */
  allocate(request: AllocationRequest, options: AllocateOptions): Promise<Allocation> {
    const closed = this.#options.closedReason();
    if (closed !== undefined) return Promise.reject(backendUnavailable(closed));
    if (this.#queue.length >= maxQueue) this.#queue = this.#queue.filter((job) => !job.isSettled);
    if (this.#queue.length >= maxQueue) return Promise.reject(backendUnavailable("is overloaded"));
    let job: AllocationJob | undefined;
    return settleWithin<Allocation>(
      this.#options.clock,
      options,
      "allocation",
      (resolve, reject) => {
        job = new AllocationJob(request, resolve, reject, options.onPlanned);
        this.#queue.push(job);
        this.#wake.ring();
      },
      (error) => {
        job?.abandon();
        return error.code === "DeadlineExceeded" ? this.#tooLate(error) : error;
      },
    );
  }

  /** Takes an allocation back that the API server cannot have got; resolves when that is done, or was not possible. */
  undo(allocation: Allocation): Promise<void> {
    const { index, undoer } = this.#options;
    return new Promise((done) => {
      undoer.add({ id: allocation.id, rows: () => rowsOfAllocation(allocation, index), done });
    });
  }

  /** Serves the queue over one session until it is lost. */
  async serve(session: OvsdbSession): Promise<void> {
    const { fence, undoer } = this.#options;
    try {
      await fence.open(session);
      await this.#deleteOrphans(session);
      while (!session.signal.aborted) {
        if (fence.isDue || undoer.hasWork || this.#isFenceBroken) await this.#betweenGroups(session);
        const jobs = this.#inFlight.size < maxInFlight ? this.#take() : [];
        if (jobs.length > 0) {
          this.#send(session, jobs);
          continue;
        }
        if (this.#inFlight.size === 0 && !undoer.hasWork) this.#onIdle();
        await this.#wake.wait(session.signal);
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
   * For a process that will not come back: waits until all that was asked is answered or taken back, then takes the fence
   * key out of NB. Without a session nothing happens. Throws `DeadlineExceeded`, `Aborted`, and what the session throws:
   * then the key stays, or may stay.
   */
  async retire(options: CallOptions): Promise<void> {
    const { clock, fence } = this.#options;
    if (!fence.isOpen) return;
    await settleWithin<undefined>(clock, options, "last allocations", (resolve) => {
      this.#onIdle = () => {
        resolve(undefined);
      };
      this.#wake.ring();
    });
    await fence.retire(options);
  }

  /** What must not cross a group: a new fence number would fail one that was sent under the old number. */
  async #betweenGroups(session: OvsdbSession): Promise<void> {
    const { fence, undoer } = this.#options;
    await Promise.all(this.#inFlight);
    if (this.#isFenceBroken) await fence.failed(session);
    this.#isFenceBroken = false;
    await fence.renewIfDue(session);
    await undoer.run(session);
  }

  #send(session: OvsdbSession, jobs: readonly AllocationJob[]): void {
    const sent = this.#commit(session, jobs).finally(() => {
      this.#inFlight.delete(sent);
      this.#wake.ring();
    });
    this.#inFlight.add(sent);
  }

  /** The session is gone; requests wait for the next one inside their deadlines. */
  lost(error: AppError): void {
    this.#lastError = error;
  }

  /** To be called about once a minute: lets an idle loop renew its fence number. */
  nudge(): void {
    this.#wake.ring();
  }

  #tooLate(cause: AppError): AppError {
    const { fence } = this.#options;
    if (fence.isOpen) return backendUnavailable("did not answer in the time allowed", cause);
    const why = this.#lastError === undefined ? "" : ` (${this.#lastError.message})`;
    return backendUnavailable(`cannot be reached${why}`, cause);
  }

  #take(): AllocationJob[] {
    const waiting = this.#queue.filter((job) => !job.isSettled);
    const [first] = waiting;
    const share =
      waiting.length >= worthSplitting
        ? Math.ceil(waiting.length / (maxInFlight - this.#inFlight.size))
        : waiting.length;
    const count = first?.alone === true ? 1 : firstAlone(waiting, Math.min(share, maxGroup));
    this.#queue = waiting.slice(count);
    return waiting.slice(0, count);
  }

  async #commit(session: OvsdbSession, jobs: readonly AllocationJob[]): Promise<void> {
    const { index, attempts, fence, clock, metrics, cluster, newId, anySwitch } = this.#options;
    const closed = this.#options.closedReason();
    if (closed !== undefined) {
      for (const job of jobs) job.refuse(backendUnavailable(closed));
      return;
    }
    const view = { index, nowMs: clock.monotonicMs(), anySwitch };
    const group = planGroup(jobs, view, attempts, newId);
    if (group.length === 0) return;
    const startMs = clock.monotonicMs();
    const operations = [
      ...fence.guard(),
      ...groupOperations(group, cluster, new Date(clock.now()).toISOString()),
      commit({ durable: true }),
    ];
    const reply = session.transact(operations).then(() => undefined, fromUnknown);
    for (const { job, attempt } of group) job.planned({ id: attempt.id, ports: attempt.ports });
    const error = await reply;
    metrics.observe("ovn4nfv_nb_transaction_duration_seconds", {}, (clock.monotonicMs() - startMs) / 1000);
    metrics.observe("ovn4nfv_nb_transaction_allocations", {}, group.length);
    for (const entry of group) this.#settle(entry, error);
    if (error !== undefined) this.#afterError(session, error);
  }

  /** Decides over one attempt after its transaction was answered, with whatever answer. */
  #settle(entry: GroupEntry, error: AppError | undefined): void {
    const { job, attempt } = entry;
    const { index, metrics } = this.#options;
    releaseAside(attempt.ports, index);
    if (error?.code === "OutcomeUnknown") {
      // Even rows that the monitor showed may be lost with the server: without a reply nothing is known to be durable.
      this.#orphans.add(attempt);
      this.#again(job);
      return;
    }
    const found = look(attempt, index);
    if (found === "won" && !job.isSettled) {
      this.#forget(attempt, undefined);
      job.answer({ id: attempt.id, ports: attempt.ports });
      return;
    }
    if (found === "lost") metrics.count("ovn4nfv_allocation_clashes_total", {});
    if (attempt.rows.size > 0) {
      // Only when the rows are out of the index may it be planned again: they would stand in its own way.
      this.#undo(attempt, job);
      return;
    }
    const isRefused = error?.code === "TransactionFailed" && !isFenceFailure(error);
    if (isRefused && job.alone) job.refuse(refusedByServer(error));
    job.alone = isRefused;
    this.#forget(attempt, job);
  }

  /** Deletes what NB has of an attempt; a job that is still waited for is planned again after that. */
  #undo(attempt: Attempt, job: AllocationJob | undefined): void {
    const { index, undoer } = this.#options;
    const done = (): void => {
      this.#forget(attempt, job);
    };
    undoer.add({ id: attempt.id, rows: () => rowsOf(attempt, index), done });
  }

  #forget(attempt: Attempt, job: AllocationJob | undefined): void {
    const { attempts, index } = this.#options;
    attempts.close(attempt);
    index.skipRest(attempt.id, false);
    if (job !== undefined) this.#again(job);
  }

  #again(job: AllocationJob): void {
    if (job.isSettled) return;
    if (job.tries >= maxTries) {
      job.refuse(backendUnavailable("gave each address tried to somebody else first"));
      return;
    }
    this.#queue.push(job);
    this.#wake.ring();
  }

  #afterError(session: OvsdbSession, error: AppError): void {
    this.#lastError = error;
    this.#options.logger.warn({ err: error, endpoint: session.endpoint }, "transaction was not committed");
    if (isFenceFailure(error)) this.#isFenceBroken = true;
  }

  async #deleteOrphans(session: OvsdbSession): Promise<void> {
    for (const attempt of this.#orphans) {
      this.#orphans.delete(attempt);
      this.#undo(attempt, undefined);
    }
    await this.#options.undoer.run(session);
  }
}

/** The guard is the first operation of each transaction of ours. */
function isFenceFailure(error: AppError): boolean {
  return error.code === "TransactionFailed" && error.details["operation"] === 0;
}

/** How many jobs go together: all up to the first that must go alone. */
function firstAlone(jobs: readonly AllocationJob[], most: number): number {
  const at = jobs.findIndex((job) => job.alone);
  return Math.min(most, at < 0 ? jobs.length : at);
}

function rowsOfAllocation(allocation: Allocation, index: AddressIndex) {
  return allocation.ports.flatMap(({ name, network, mac }) => {
    const state = index.named(network.name).find(({ uuid }) => uuid === network.switchUuid);
    const uuid = state?.macs.of(mac).find((holder) => typeof holder === "string" && index.port(holder)?.name === name);
    return typeof uuid === "string" && state !== undefined ? [{ uuid, switchUuid: state.uuid }] : [];
  });
}

function refusedByServer(error: AppError): AppError {
  return backendUnavailable(`refused the transaction (${error.message})`, error);
}
