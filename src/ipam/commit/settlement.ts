import type { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { AddressIndex } from "../index/address-index.ts";
import { type Allocation, portName } from "../allocation.ts";
import type { AllocationJob } from "./allocation-job.ts";
import {
  toldAllocation,
  allocationOfAttempt,
  type Attempt,
  type Attempts,
  checkConflicts,
  isRetaken,
  rowsOf,
} from "./attempts.ts";
import { isOvertaken } from "./claims.ts";
import { backendUnavailable } from "./backend-unavailable.ts";
import { type GroupEntry, releaseWithheld } from "./planned-group.ts";
import { isFenceFailure } from "../fence/session-fence.ts";
import type { Rollback } from "./rollback.ts";

export interface SettlementOptions {
  readonly index: AddressIndex;
  readonly attempts: Attempts;
  readonly rollback: Rollback;
  readonly metrics: Metrics;
  /** Puts a job into the queue again. */
  readonly retry: (job: AllocationJob) => void;
}

/** A request that loses this often shares its switch with a writer that does not follow the protocol. */
const maxTries = 16;

/**
 * Does the conflict check after each transaction and decides over its attempts: each is answered, tried again, or
 * rolled back.
 */
export class Settlement {
  readonly #options: SettlementOptions;
  /** Attempts whose transaction was cut off. On the next connection their rows are looked for and deleted. */
  readonly #cutOff = new Set<Attempt>();

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /**
   * Decides over one attempt after its transaction was answered, whatever the answer was. With `isStale` NB had other port
   * groups than the plan was made for, so that it is planned again.
   */
  settle({ job, attempt }: GroupEntry, error: AppError | undefined, isStale = false): void {
    const { index, metrics } = this.#options;
    releaseWithheld(attempt.ports, index);
    if (error?.code === "OutcomeUnknown") {
      // Even rows that the monitor showed may be lost with the server: without a reply nothing is known to be
      // durable.
      this.#cutOff.add(attempt);
      this.#again(job);
      return;
    }
    const found = checkConflicts(attempt, index);
    if (found === "won" && !isStale && !job.isSettled) {
      this.#forget(attempt, undefined);
      job.answer(toldAllocation(attempt));
      return;
    }
    if (found === "lost") {
      metrics.count("ovn4nfv_allocation_clashes_total", {});
      for (const { network } of attempt.ports) index.switchWith(network.switchUuid)?.scatter();
    }
    if (attempt.rows.size > 0) {
      // Plan again only when the rows have left the index. Until then they would count as another holder.
      this.#rollBackAttempt(attempt, job);
      return;
    }
    const isRefused = error?.code === "TransactionFailed" && !isStale && !isFenceFailure(error);
    if (isRefused && job.alone && !isOvertaken(attempt.ports, error)) job.refuse(refusedByServer(error));
    job.alone = isRefused;
    this.#forget(attempt, job);
  }

  /** Called when the index is in sync again. Hands the rows that cut off transactions left in NB to the rollback. */
  rollBackCutOff(): void {
    for (const attempt of this.#cutOff) {
      this.#cutOff.delete(attempt);
      this.#rollBackAttempt(attempt, undefined);
    }
  }

  /** Rolls an answered allocation back. Resolves when that is done, or turned out to be impossible. */
  rollBack(allocation: Allocation): Promise<void> {
    const { index, rollback } = this.#options;
    return new Promise((done) => {
      rollback.add({
        id: allocation.id,
        allocation: allocationOfAttempt(allocation),
        rows: () => rowsOfAllocation(allocation, index),
        done,
      });
    });
  }

  /** Deletes the rows that NB has of an attempt. A job that somebody still waits for is planned again after that. */
  #rollBackAttempt(attempt: Attempt, job: AllocationJob | undefined): void {
    const { index, rollback } = this.#options;
    const done = (): void => {
      this.#forget(attempt, job);
    };
    rollback.add({
      id: attempt.id,
      allocation: allocationOfAttempt(attempt),
      rows: () => rowsOf(attempt, index),
      done,
    });
  }

  #forget(attempt: Attempt, job: AllocationJob | undefined): void {
    const { attempts, index } = this.#options;
    attempts.close(attempt);
    index.skipCooldown(attempt.id, false);
    if (job !== undefined) this.#again(job);
  }

  #again(job: AllocationJob): void {
    if (job.isSettled) return;
    if (job.tries < maxTries) this.#options.retry(job);
    else job.refuse(backendUnavailable("gave each address tried to somebody else first"));
  }
}

function rowsOfAllocation(allocation: Allocation, index: AddressIndex) {
  return allocation.ports.flatMap((port) => {
    const { network, mac } = port;
    const name = portName(allocation.id, port);
    const state = index.switchWith(network.switchUuid);
    const uuid = state?.macs.of(mac).find((holder) => typeof holder === "string" && index.port(holder)?.name === name);
    if (typeof uuid !== "string" || state === undefined || isRetaken(uuid, index)) return [];
    return [index.refOf(uuid, state.uuid)];
  });
}

function refusedByServer(error: AppError): AppError {
  return backendUnavailable(`refused the transaction (${error.message})`, error);
}
