import type { OvsdbSession } from "ovsdb-client";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { deleteHeldPorts, type PortRef } from "#src/ovn/ports/port-operations.ts";
import { isFenceFailure, type SessionFence } from "../fence/session-fence.ts";

/** The rows of one allocation of which nobody was told, or will be. */
export interface RollbackEntry {
  readonly id: string;
  /** The allocation that the rows belong to, when it is another one. */
  readonly allocation?: string;
  /** Read when the transaction is made, so that rows that are gone by then are left out. */
  readonly rows: () => readonly PortRef[];
  /** Called when the rows are gone, or cannot be deleted any more. */
  readonly done?: () => void;
}

/** Most allocations that are rolled back in one transaction. */
const maxBatch = 128;

/** Deletes reservations of this replica that were not answered. Each deletion waits for the row to be still unbound. */
export class Rollback {
  readonly #fence: SessionFence;
  readonly #logger: Logger;
  readonly #pending: RollbackEntry[] = [];
  /** Called when there is something to do. */
  onWork: () => void = () => {};

  constructor(fence: SessionFence, logger: Logger) {
    this.#fence = fence;
    this.#logger = logger;
  }

  add(entry: RollbackEntry): void {
    this.#pending.push(entry);
    this.onWork();
  }

  get hasWork(): boolean {
    return this.#pending.length > 0;
  }

  /** Rolls back all that is pending. Throws what the session throws; what is not done then stays pending. */
  async run(session: OvsdbSession): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, maxBatch);
      if (await this.#delete(session, batch)) {
        this.#settle(batch.length);
        continue;
      }
      for (const entry of batch) {
        await this.#deleteAlone(session, entry);
        this.#settle(1);
      }
    }
  }

  /** Takes the oldest entries off the list: this many are done. */
  #settle(count: number): void {
    for (const entry of this.#pending.splice(0, count)) entry.done?.();
  }

  async #deleteAlone(session: OvsdbSession, entry: RollbackEntry): Promise<void> {
    if (await this.#delete(session, [entry])) return;
    this.#logger.warn({ allocation: entry.id }, "reservation was not rolled back: it is bound or gone");
  }

  /**
   * Deletes the rows of these entries. Gives false when the server refused: somebody else bound or deleted a row in
   * between. Other refusals count, too: the sweep takes care of such a row, and the requests that wait are not held
   * up by it.
   */
  async #delete(session: OvsdbSession, batch: readonly RollbackEntry[]): Promise<boolean> {
    const ports = batch.flatMap(({ id, allocation = id, rows }) =>
      rows().map((row) => ({ ...row, allocation, podUid: "" })),
    );
    if (ports.length === 0) return true;
    try {
      await session.transact([...this.#fence.fenceWait(), ...deleteHeldPorts(ports)]);
      return true;
    } catch (caught) {
      const error = fromUnknown(caught);
      if (error.code === "TransactionFailed" && !isFenceFailure(error)) return false;
      throw error;
    }
  }
}
