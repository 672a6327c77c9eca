import type { CallLimits } from "../time/call-limits.ts";
import type { OvsdbError } from "../errors/ovsdb-error.ts";
import type { Connection } from "../connection/connection.ts";
import type { Operation } from "../transaction/operations.ts";
import { checkResults, type OperationResult, transactionFailed } from "../transaction/results.ts";
import type { OvsdbSession } from "./session.ts";

export interface ActiveSessionOptions {
  readonly number: number;
  readonly connection: Connection;
  readonly database: string;
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
}

/** The session of a connection. Only the owner of the connection calls `end`. */
export class ActiveSession implements OvsdbSession {
  readonly number: number;
  readonly endpoint: string;
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
  readonly #connection: Connection;
  readonly #database: string;
  readonly #ended = new AbortController();

  constructor({ number, connection, database, clusterId, serverId }: ActiveSessionOptions) {
    this.number = number;
    this.endpoint = connection.endpoint;
    this.clusterId = clusterId;
    this.serverId = serverId;
    this.#connection = connection;
    this.#database = database;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  async transact(operations: readonly Operation[], options: CallLimits = {}): Promise<readonly OperationResult[]> {
    const { result, error } = await this.#connection.call("transact", [this.#database, ...operations], options);
    if (error === null) return checkResults(operations, result);
    const { error: said = error, details } = (typeof error === "object" ? error : { error }) as Record<string, unknown>;
    throw transactionFailed(operations, said, details);
  }

  end(error: OvsdbError): void {
    this.#ended.abort(error);
  }
}
