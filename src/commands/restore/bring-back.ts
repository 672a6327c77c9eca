import type { Operation } from "ovsdb-client";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown, hasCode } from "#src/core/errors.ts";
import { fenceKey } from "#src/ovn/external-ids.ts";
import type { Backup, WireRow, WireTables } from "#src/ovsdb/backup/backup-file.ts";
import { withListenersOf } from "./kept-listeners.ts";
import { planRestore, type RestorePlan } from "#src/ovsdb/backup/restore-plan.ts";
import type { WholeDatabase } from "#src/ovsdb/backup/whole-database.ts";

/** Others may write between a look and a transaction, so that it is refused or leaves rows behind. */
const mostTries = 5;
const global = "NB_Global";

type Restorable = Pick<WholeDatabase, "schema" | "change">;

/** A comparison of the database with a backup. */
export interface Comparison {
  readonly current: WireTables;
  /** The rows that the database is to have. */
  readonly wanted: WireTables;
  readonly plan: RestorePlan;
}

/** Compares the database with a backup as it is now. */
export async function compareNow(database: Restorable, backup: Backup, call: CallOptions): Promise<Comparison> {
  const current = await database.change([], call);
  const wanted = withListenersOf(current, withoutFences(backup.tables));
  return { current, wanted, plan: planRestore(database.schema, current, wanted) };
}

/**
 * Brings the database back to a backup in one transaction, which also shows the rows at its end. Then it takes back, too, what was
 * written between the look and the transaction, and nothing that is written later: a controller makes rows again at once. `before` is
 * called before each try, and may throw. Gives the changes in all. Throws `TransactionFailed` or `NotConnected` when it does not succeed,
 * and `OutcomeUnknown` when it may have succeeded.
 */
export async function bringBack(
  database: Restorable,
  backup: Backup,
  call: CallOptions,
  before: () => Promise<void>,
): Promise<RestorePlan> {
  let done: RestorePlan = { operations: [], inserted: 0, updated: 0, deleted: 0 };
  let mayBeDone = false;
  for (let tries = 1; ; tries += 1) {
    try {
      const { plan, wanted } = await compareNow(database, backup, call);
      if (plan.operations.length === 0) return done;
      await before();
      const after = await database.change([...plan.operations, ...noFences(wanted)], call);
      mayBeDone = true;
      done = sum(done, plan);
      const rest = planRestore(database.schema, after, wanted);
      if (rest.operations.length > 0) await database.change(rest.operations, call);
      return sum(done, rest);
    } catch (caught) {
      mayBeDone ||= hasCode(caught, "OutcomeUnknown");
      // Without an answer it may be done or not, which the next look shows; and a leader may have gone.
      if (hasCode(caught, "TransactionFailed", "OutcomeUnknown", "NotConnected") && tries < mostTries) continue;
      throw mayBeDone ? unknown(caught) : caught;
    }
  }
}

/** Whatever has ended the run, people must know that the database may have changed. */
function unknown(cause: unknown): AppError {
  const { message } = fromUnknown(cause);
  const cure = "run restore again, which compares first";
  return new AppError("OutcomeUnknown", `the database may be restored, or be about to be: ${message}; ${cure}`, {
    cause,
  });
}

/**
 * A backup has the fence numbers that were in force when it was made. Without them each process that allocates notices that the
 * database was restored, however young the backup is.
 */
function withoutFences(tables: WireTables): WireTables {
  const rows = [...(tables.get(global) ?? [])].map(([uuid, row]) => [uuid, withoutFencesIn(row)] as const);
  return new Map([...tables, [global, new Map(rows)]]);
}

function withoutFencesIn(row: WireRow): WireRow {
  const [kind, pairs] = (row["external_ids"] ?? []) as readonly [string?, (readonly [string, string])[]?];
  if (kind !== "map" || pairs === undefined) return row;
  const others = pairs.filter(([key]) => !key.startsWith(fenceKey("")));
  return { ...row, external_ids: ["map", others] };
}

/**
 * Also takes away the numbers that are written between the look and the transaction. So a transaction that is committed late is
 * noticed, too, by the processes that were started since.
 */
function noFences(wanted: WireTables): readonly Operation[] {
  return [...(wanted.get(global)?.values() ?? [])].map((row) => {
    return { op: "update", table: global, where: [], row: { external_ids: row["external_ids"] ?? ["map", []] } };
  });
}

function sum(one: RestorePlan, other: RestorePlan): RestorePlan {
  return {
    operations: [...one.operations, ...other.operations],
    inserted: one.inserted + other.inserted,
    updated: one.updated + other.updated,
    deleted: one.deleted + other.deleted,
  };
}
