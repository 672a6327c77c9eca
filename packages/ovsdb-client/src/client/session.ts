// The session, which is one connection with the replica in sync, and the listener.
import type { CallLimits } from "../time/call-limits.ts";
import type { OvsdbError } from "../errors/ovsdb-error.ts";
import type { Operation } from "../transaction/operations.ts";
import type { ReadKind } from "../monitor/monitor.ts";
import type { RowChange } from "../monitor/row-change.ts";
import type { OperationResult } from "../transaction/results.ts";

/**
 * One connection, from the moment at which the replica is in sync until it is lost. It never moves to another
 * connection.
 */
export interface OvsdbSession {
  /** The number of this session among those of its client, from 1. */
  readonly number: number;
  readonly endpoint: string;
  /** The ids of the cluster and of its member; undefined for a standalone database. */
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
  /** It aborts when the session is lost, with an OvsdbError as the reason. */
  readonly signal: AbortSignal;
  /**
   * Runs the operations as one transaction (RFC 7047 section 4.1.3) and resolves to one result for each. All changes
   * that the server has sent before its reply were given to the listener by then.
   *
   * Rejects with `NotConnected`, `DeadlineExceeded` or `Aborted` when nothing was sent, with `OutcomeUnknown` when it
   * was sent and no reply came, and with `TransactionFailed` when the server refused it.
   */
  transact(operations: readonly Operation[], options?: CallLimits): Promise<readonly OperationResult[]>;
}

/**
 * The way in which a session began: all rows were read, only the changes that were missed, or all rows of a cluster that
 * was restored from a backup, so that what was seen before may be gone.
 */
export type SyncKind = ReadKind | "restored";

/** Its methods are called at once, in the order in which the server has sent the messages. They must not throw. */
export interface OvsdbListener {
  /**
   * All changes of one message of the server. The replica has them already, and no later reply is resolved before. When
   * all rows were read again, the changes are the difference to the rows that the replica had.
   */
  changed(changes: readonly RowChange[]): void;
  /**
   * The replica is in sync: all rows were read (`full`, or `restored` after the restore of a cluster), or only the
   * changes that were missed (`resumed`).
   */
  synced(session: OvsdbSession, how: SyncKind): void;
  /** The session is over. The replica keeps its rows, which from now on may be out of date. */
  lost(error: OvsdbError): void;
}
