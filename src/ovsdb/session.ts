// What a user of the client meets: the session (one synced connection), the listener, and the changes of rows.
import type { CallOptions } from "#src/core/deadline.ts";
import type { AppError } from "#src/core/errors.ts";
import type { Operation } from "./operations.ts";
import type { OperationResult } from "./results.ts";
import type { ColumnName, Row, TableSpec } from "./table.ts";

/** One connection from the moment its replica is in sync until it is lost; never moves to another connection. */
export interface OvsdbSession {
  /** Counts the sessions of this client, from 1. */
  readonly number: number;
  readonly endpoint: string;
  /** Of a clustered database: the cluster's and the member's id. */
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
  /** Aborts when the session is lost; the reason is an AppError. */
  readonly signal: AbortSignal;
  /**
   * Runs the operations as one transaction and gives one result for each. Throws
   * `NotConnected`, `DeadlineExceeded` or `Aborted` when nothing was sent;
   * `OutcomeUnknown` when connection, deadline or signal ended it in flight;
   * `TransactionFailed` when the server refused it, with details `{error, operation, serverDetails}`
   * (RFC 7047 section 4.1.3; `operation` is undefined when the commit failed).
   * All changes that the server sent before the reply have been given to the listener before this resolves.
   */
  transact(operations: readonly Operation[], options?: CallOptions): Promise<readonly OperationResult[]>;
}

/** Elements that one message added to and removed from a `bigSet` column. */
export interface SetDelta {
  readonly added: readonly unknown[];
  readonly removed: readonly unknown[];
}

/** One row before and after one message; undefined = not there. */
export interface RowChange<T extends TableSpec = TableSpec> {
  readonly table: string;
  readonly uuid: string;
  readonly before: Row<T> | undefined;
  readonly after: Row<T> | undefined;
  /** For each `bigSet` column that changed; `before` and `after` share the set itself. */
  readonly deltas: Readonly<{ [N in ColumnName<T>]?: SetDelta }>;
}

/** The change with the row types of `table`, or undefined when it is of another table. */
export function changeIn<T extends TableSpec>(table: T, change: RowChange): RowChange<T> | undefined {
  return change.table === table.name ? (change as unknown as RowChange<T>) : undefined;
}

/** Told about everything that happens to the replica; called synchronously, in wire order; must not throw. */
export interface OvsdbListener {
  /**
   * All changes of one server message, before any later reply is resolved; the replica already shows them. After a
   * full read, the difference to what the replica held.
   */
  changed(changes: readonly RowChange[]): void;
  /** The replica is in sync; `resumed` = the server sent only what was missed. */
  synced(session: OvsdbSession, how: "full" | "resumed"): void;
  /** The session of the last `synced` is gone; the replica keeps its rows, now ageing. */
  lost(error: AppError): void;
}
