// What a user of the client meets: the session (one synced connection), and the listener.
import type { CallLimits } from "../time/call-limits.ts";
import type { OvsdbError } from "../errors/ovsdb-error.ts";
import type { Operation } from "../transaction/operations.ts";
import type { RowChange } from "../monitor/row-change.ts";
import type { OperationResult } from "../transaction/results.ts";

/** One connection from the moment its replica is in sync until it is lost; never moves to another connection. */
export interface OvsdbSession {
  /** Counts the sessions of this client, from 1. */
  readonly number: number;
  readonly endpoint: string;
  /** Of a clustered database: the cluster's and the member's id. */
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
  /** Aborts when the session is lost; the reason is an OvsdbError. */
  readonly signal: AbortSignal;
  /**
   * Runs the operations as one transaction and gives one result for each. Throws
   * `NotConnected`, `DeadlineExceeded` or `Aborted` when nothing was sent;
   * `OutcomeUnknown` when connection, deadline or signal ended it in flight;
   * `TransactionFailed` when the server refused it, with details `{error, operation, serverDetails}`
   * (RFC 7047 section 4.1.3; `operation` is undefined when the commit failed).
   * All changes that the server sent before the reply have been given to the listener before this resolves.
   */
  transact(operations: readonly Operation[], options?: CallLimits): Promise<readonly OperationResult[]>;
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
  lost(error: OvsdbError): void;
}
