// Brings the rows of one scope in NB to what they should be: the topology, or those of one Network.
import { commit, type Operation } from "ovsdb-client";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { isFailedWait } from "#src/ovn/failed-wait.ts";
import { type DesiredRow, type NameConflict, type OwnedRows, planRows, readOwnedRows } from "#src/ovn/owned-rows.ts";
import type { DatabaseClient } from "#src/ovsdb/database-client.ts";

type NbClient = Pick<DatabaseClient, "rows" | "waitForSession">;

/** Writes under waits on what it read. The owner says when rows of ours may have changed. */
export class RowWriter {
  readonly #nb: NbClient;
  readonly #cluster: string;
  #owned: OwnedRows | undefined;

  constructor(nb: NbClient, cluster: string) {
    this.#nb = nb;
    this.#cluster = cluster;
  }

  /** Rows of ours, or rows with names, changed: they are read again when next needed. */
  changed(): void {
    this.#owned = undefined;
  }

  get owned(): OwnedRows {
    this.#owned ??= readOwnedRows(this.#nb, this.#cluster);
    return this.#owned;
  }

  /**
   * Makes the rows of the scope those desired; a conflict means that nothing was done. Throws `RowsChanged` when NB had moved
   * on, and what the session throws.
   */
  async bring(
    scope: string,
    desired: readonly DesiredRow[],
    guards: readonly Operation[],
    options: CallOptions,
  ): Promise<NameConflict | undefined> {
    const { operations, conflict } = planRows(scope, desired, this.owned, this.#cluster);
    if (conflict === undefined) await this.write(operations, options, guards);
    return conflict;
  }

  /** One durable transaction; nothing to write is nothing sent. Each change must have hit one row. */
  async write(
    operations: readonly Operation[],
    options: CallOptions,
    guards: readonly Operation[] = [],
  ): Promise<void> {
    if (operations.length === 0) return;
    const session = await this.#nb.waitForSession(options);
    const all = [...guards, ...operations, commit({ durable: true })];
    try {
      const results = await session.transact(all, options);
      if (results.some(({ count }) => count === 0)) throw rowsChanged();
    } catch (caught) {
      if (isFailedWait(caught)) throw rowsChanged(caught);
      throw caught;
    } finally {
      this.changed();
    }
  }
}

function rowsChanged(cause?: AppError): AppError {
  return new AppError("RowsChanged", "rows in NB are not as they were read", cause === undefined ? {} : { cause });
}
