import type { Operation, OvsdbSession } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, fromUnknown, hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { Fence } from "./fence.ts";

export interface SessionFenceOptions {
  readonly fence: Fence;
  readonly source: RowSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when NB turns out to be another, older one, before anything is written to it. */
  readonly onRestored: () => void;
}

/**
 * The age at which a number is renewed. No backup that is older than a minute may carry a valid number, so 15 seconds
 * are left for groups in flight and for the write itself.
 */
const renewAtMs = 45_000;
/** The session is given up after the write of a number was overtaken this often in a row. */
const maxWrites = 20;

/**
 * Keeps the fence number in force on the current session: writes it on each connect, renews it, and judges what it
 * reads.
 */
export class SessionFence {
  readonly #options: SessionFenceOptions;
  #openSession: OvsdbSession | undefined;
  #isWriting = false;
  /** The number in force is old enough to be renewed. */
  #isOld = false;
  #cancelRenewal: () => void = () => {};
  /** The number in force is gone from NB. The next one must be written before anything else is. */
  #isStale = false;
  #isRetired = false;

  /** Called when the number in force became old enough to be renewed. The committer takes it. */
  onDue: () => void = () => {};

  constructor(options: SessionFenceOptions) {
    this.#options = options;
  }

  /** True while transactions of the current session wait for a number that is in force. */
  get isOpen(): boolean {
    return this.#openSession !== undefined && !this.#openSession.signal.aborted;
  }

  /** Gives the first operation of every transaction that inserts or deletes ports. */
  fenceWait(): readonly Operation[] {
    const { fence } = this.#options;
    return fence.current === undefined ? [] : [fence.waitFor(fence.current)];
  }

  /** Called when a session is in sync, before its first transaction. */
  async open(session: OvsdbSession): Promise<void> {
    await this.#write(session);
    this.#openSession = session;
    this.check();
  }

  /** True when the number in force is old enough to be renewed, or is gone from NB. */
  get isDue(): boolean {
    return !this.#isRetired && (this.#isStale || this.#isOld);
  }

  async renewIfDue(session: OvsdbSession): Promise<void> {
    if (!this.isDue) return;
    await this.#write(session);
    this.check();
  }

  /** Called when a transaction failed at its fence wait. */
  async failed(session: OvsdbSession): Promise<void> {
    if (this.#isRetired) return;
    this.#options.onRestored();
    await this.#write(session);
    this.check();
  }

  /**
   * Called after each message from NB, so that a restore under a living session is noticed without waiting for work.
   * There is no verdict while a number is being written. What came before its answer is judged after it.
   */
  check(): void {
    if (this.#isRetired || !this.isOpen || this.#isWriting || this.#isStale || this.#verdict() !== "restored") return;
    this.#isStale = true;
    this.#options.onRestored();
  }

  /**
   * Takes the key of a process that will not come back out of NB; otherwise the controller does so in time. No number
   * is written after it, on whatever session. Transactions that are still on their way fail at their fence wait, as they
   * do under a newer number. So a transaction whose outcome is unknown stays fenced off, but reservations cannot be
   * rolled back any more: this must be done before. Does nothing without a session.
   */
  async retire(options: CallOptions): Promise<void> {
    const session = this.#openSession;
    this.#isRetired = true;
    this.#cancelRenewal();
    if (session === undefined || session.signal.aborted) return;
    await session.transact([this.#options.fence.remove()], options);
  }

  #hasRow(): boolean {
    return this.#options.source.rows(nbGlobal).size > 0;
  }

  #read(): string | undefined {
    const { fence, source } = this.#options;
    const [global] = source.rows(nbGlobal).values();
    return global?.external_ids.get(fence.key);
  }

  #verdict() {
    return this.#options.fence.judge(this.#read());
  }

  async #write(session: OvsdbSession): Promise<void> {
    const { fence, clock, logger } = this.#options;
    this.#isWriting = true;
    try {
      for (let n = 0; n < maxWrites; n += 1) {
        if (this.#isRetired) return;
        if (this.#verdict() === "restored") this.#options.onRestored();
        const { number, operations } = this.#hasRow() ? fence.write(this.#read()) : fence.writeFirst();
        try {
          await session.transact(operations);
        } catch (caught) {
          const error = fromUnknown(caught);
          if (error.code !== "TransactionFailed") throw error;
          logger.warn({ err: error }, "fence number was overtaken");
          continue;
        }
        fence.confirm(number);
        this.#isStale = false;
        this.#isOld = false;
        this.#cancelRenewal();
        this.#cancelRenewal = clock.after(renewAtMs, () => {
          this.#isOld = true;
          this.onDue();
        });
        return;
      }
      throw fromUnknown(new Error(`the fence key ${fence.key} is being changed by somebody else`));
    } finally {
      this.#isWriting = false;
    }
  }
}

/** True when a transaction failed at its fence wait: the number that it was sent under is not in force any more. */
export function isFenceFailure(error: AppError): boolean {
  return hasCode(error, "TransactionFailed") && error.details.operation === 0;
}
