// Makes the rows of one scope in NB what they should be: those of the topology, or of one Network.
import { commit, type Operation } from "ovsdb-client";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import { type DesiredRow, type NameConflict, planRows } from "#src/ovn/owned/owned-rows.ts";
import { type OwnedRows, readOwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import type { DatabaseClient } from "#src/ovsdb/database-client.ts";

type NbClient = Pick<DatabaseClient, "rows" | "waitForSession">;

/** Writes under waits on the rows that it read. Its user says when rows of ours may have changed. */
export class RowWriter {
  readonly #nb: NbClient;
  readonly #cluster: string;
  #owned: OwnedRows | undefined;

  constructor(nb: NbClient, cluster: string) {
    this.#nb = nb;
    this.#cluster = cluster;
  }

  /** Called when rows of ours, or rows with names, changed. They are read again when they are needed next. */
  changed(): void {
    this.#owned = undefined;
  }

  get owned(): OwnedRows {
    this.#owned ??= readOwnedRows(this.#nb, this.#cluster);
    return this.#owned;
  }

  /**
   * Makes the rows of the scope the desired ones, and leaves those that `keeps` names. With a conflict nothing was done.
   * Throws `RowsChanged` when NB had moved on, and what the session throws.
   */
  async bring(
    scope: string,
    desired: readonly DesiredRow[],
    waits: readonly Operation[],
    options: CallOptions,
    keeps?: (id: string) => boolean,
  ): Promise<NameConflict | undefined> {
    const { operations, conflict } = planRows(scope, desired, this.owned, this.#cluster, keeps);
    if (conflict === undefined) await this.write(operations, options, waits);
    return conflict;
  }

  /** Runs one durable transaction, or none when there is nothing to write. Each change must have hit one row. */
  async write(operations: readonly Operation[], options: CallOptions, waits: readonly Operation[] = []): Promise<void> {
    if (operations.length === 0) return;
    const session = await this.#nb.waitForSession(options);
    const all = [...waits, ...operations, commit({ durable: true })];
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
