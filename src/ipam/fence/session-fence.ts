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
  /** How old a number may get: no backup older than this carries one that is valid. */
  readonly renewMs: number;
  /** Called when NB turns out to be another, older one: before anything is written to it. */
  readonly onRestored: () => void;
}

/** How often in a row the write of a number may be overtaken before the session is given up. */
const maxWrites = 20;

/** Keeps the fence number in force on the current session: writes it on each connect, renews it, judges what it reads. */
export class SessionFence {
  readonly #options: SessionFenceOptions;
  #openSession: OvsdbSession | undefined;
  #writtenMs = 0;
  #isWriting = false;
  /** The number in force is gone from NB: the next must be written before anything else is. */
  #isStale = false;
  #isRetired = false;

  constructor(options: SessionFenceOptions) {
    this.#options = options;
  }

  /** True while transactions of the current session are guarded by a number that is in force. */
  get isOpen(): boolean {
    return this.#openSession !== undefined && !this.#openSession.signal.aborted;
  }

  /** The first operation of every transaction that inserts or deletes ports. */
  guard(): readonly Operation[] {
    const { fence } = this.#options;
    return fence.current === undefined ? [] : [fence.waitFor(fence.current)];
  }

  /** To be called once a session is in sync, before its first transaction. */
  async open(session: OvsdbSession): Promise<void> {
    await this.#write(session);
    this.#openSession = session;
    this.check();
  }

  /** True when the number in force has its full age, or is gone from NB. */
  get isDue(): boolean {
    const { clock, renewMs } = this.#options;
    if (this.#isRetired) return false;
    return this.#isStale || clock.monotonicMs() - this.#writtenMs >= renewMs;
  }

  async renewIfDue(session: OvsdbSession): Promise<void> {
    if (!this.isDue) return;
    await this.#write(session);
    this.check();
  }

  /** To be called when a guarded transaction failed at its guard. */
  async failed(session: OvsdbSession): Promise<void> {
    if (this.#isRetired) return;
    this.#options.onRestored();
    await this.#write(session);
    this.check();
  }

  /**
   * To be called after each message from NB: notices a restore under a living session without waiting for work. While a
   * number is being written there is no verdict; what came before its answer is judged after it.
   */
  check(): void {
    if (this.#isRetired || !this.isOpen || this.#isWriting || this.#isStale || this.#verdict() !== "restored") return;
    this.#isStale = true;
    this.#options.onRestored();
  }

  /**
   * Takes the key of a process that will not come back out of NB, which the controller does else in time; no number is
   * written after it, on whatever session. What is still on its way fails at its guard, as it does under a newer number:
   * so a transaction whose outcome is unknown stays fenced off, but reservations can be taken back no more. To be called
   * when that is done. Without a session nothing happens.
   */
  async retire(options: CallOptions): Promise<void> {
    const session = this.#openSession;
    this.#isRetired = true;
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
        this.#writtenMs = clock.monotonicMs();
        return;
      }
      throw fromUnknown(new Error(`the fence key ${fence.key} is being changed by somebody else`));
    } finally {
      this.#isWriting = false;
    }
  }
}

/** Whether a transaction failed by its guard: the number that it was sent under is not in force any more. */
export function isFenceFailure(error: AppError): boolean {
  return hasCode(error, "TransactionFailed") && error.details.operation === 0;
}
