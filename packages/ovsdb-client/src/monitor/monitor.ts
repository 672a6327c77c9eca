// Keeps a replica in step with one database: RFC 7047 sections 4.1.5 and 4.1.6, ovsdb-server(7) sections 4.1.12 to
// 4.1.15.
import type { CallLimits } from "../time/call-limits.ts";
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { zeroUuid } from "../values/atom.ts";
import type { Connection, JsonRpcReply } from "../connection/connection.ts";
import type { JsonPath } from "../connection/json-cutter.ts";
import type { Replica, ReplicaUpdate } from "./replica.ts";
import type { RowChange } from "./row-change.ts";

/**
 * The requests that monitor tables, best first. The first can resume after a lost connection, the second sends
 * differences of rows, and the third is that of RFC 7047.
 */
export type MonitorMethod = "monitor_cond_since" | "monitor_cond" | "monitor";

/** The rows that were read at the start: all, or only the changes that were missed. */
export type ReadKind = "full" | "resumed";

export interface MonitorOptions {
  /** The name of the monitor on its connection. */
  readonly id: string;
  readonly database: string;
  readonly replica: Replica;
  readonly methods: readonly MonitorMethod[];
  /** Called with the changes of one message, once the replica has them. */
  readonly onChanged: (changes: readonly RowChange[]) => void;
}

/** The places of rows and transaction among the parameters of each notification. */
const updates: Readonly<Record<string, { readonly rows: number; readonly transaction?: number }>> = {
  update: { rows: 1 },
  update2: { rows: 1 },
  update3: { rows: 2, transaction: 1 },
};

/** Monitors the tables of a replica on one connection after the other. */
export class Monitor {
  readonly #options: MonitorOptions;
  #lastTransaction: string | undefined;
  /** The update that arrives row by row. Its connection may be lost before it is complete. */
  #arriving: ReplicaUpdate | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** True when a server may be able to send only the changes that were missed. */
  get mayResume(): boolean {
    return this.#lastTransaction !== undefined && this.#lastTransaction !== zeroUuid;
  }

  /** Makes the next start read all rows. */
  forget(): void {
    this.#lastTransaction = undefined;
  }

  /**
   * Begins on a connection, by the best method that the server knows. `onSynced` is called as soon as the replica is in
   * sync, before any later message is read. Throws `NotConnected` when the server refuses.
   */
  async start(connection: Connection, options: CallLimits, onSynced: (kind: ReadKind) => void): Promise<void> {
    const { database, methods } = this.#options;
    // Its rest will never come, because its connection is lost.
    this.#arriving = undefined;
    for (const method of methods) {
      const { error } = await this.#request(connection, method, options, onSynced);
      if (error === null) return;
      if (errorText(error) !== "unknown method") {
        const said = JSON.stringify(error);
        throw new OvsdbError("NotConnected", `${connection.endpoint} does not show the database ${database}: ${said}`, {
          details: detailsOf(error),
        });
      }
    }
    throw new OvsdbError("NotConnected", `${connection.endpoint} knows none of ${methods.join(", ")}`);
  }

  /** Begins to take an update row by row. Undefined: it is of another monitor. */
  beginUpdate(monitor: unknown): ReplicaUpdate | undefined {
    if (monitor !== this.#options.id) return undefined;
    this.#arriving = this.#options.replica.beginUpdate();
    return this.#arriving;
  }

  /**
   * Takes a notification of this monitor; false: it is of another. Throws `ProtocolError`, also when the server ends
   * the monitor.
   */
  accept(method: string, params: readonly unknown[]): boolean {
    if (params[0] !== this.#options.id) return false;
    if (method === "monitor_canceled") {
      throw new OvsdbError("ProtocolError", `the server no longer shows the database ${this.#options.database}`);
    }
    const positions = updates[method];
    if (positions === undefined) return false;
    const arriving = this.#arriving;
    this.#arriving = undefined;
    const rows = params[positions.rows];
    const isDecoded = arriving !== undefined && rows === arriving;
    this.#show(isDecoded ? arriving.finish() : this.#options.replica.decodeUpdates(rows));
    if (positions.transaction !== undefined) this.#lastTransaction = params[positions.transaction] as string;
    return true;
  }

  async #request(
    connection: Connection,
    method: MonitorMethod,
    options: CallLimits,
    onSynced: (kind: ReadKind) => void,
  ): Promise<JsonRpcReply> {
    const { id, database, replica } = this.#options;
    const tables = Object.fromEntries(Array.from(replica.columns(), ([name, columns]) => [name, [{ columns }]]));
    const since = method === "monitor_cond_since" ? [this.#lastTransaction ?? zeroUuid] : [];
    const dump = new Dump(replica);
    return connection.callStreamed(
      method,
      [database, id, tables, ...since],
      options,
      (path, value) => {
        dump.part(path, value);
      },
      ({ error }) => {
        if (error !== null) return;
        this.#show(dump.finish());
        this.#lastTransaction = dump.lastTransaction;
        onSynced(dump.kind);
      },
    );
  }

  #show(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    this.#options.replica.apply(changes);
    this.#options.onChanged(changes);
  }
}

/** Collects the result of a monitor request row by row: all rows, or the changes that were missed. */
class Dump {
  kind: ReadKind = "full";
  lastTransaction: string | undefined;
  readonly #replica: Replica;
  #full: ReplicaUpdate | undefined;
  readonly #missed: RowChange[] = [];

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  part(path: JsonPath, value: unknown): void {
    if (path.length === 1) {
      if (path[0] === 0 && value === true) this.kind = "resumed";
      if (path[0] === 1 && typeof value === "string") this.lastTransaction = value;
      return;
    }
    const [table, uuid] = path.slice(-2);
    if (typeof table !== "string" || typeof uuid !== "string") {
      throw new OvsdbError("ProtocolError", "the server sent rows of no table");
    }
    if (this.kind === "full") {
      this.#full ??= this.#replica.beginFullRead();
      this.#full.row(table, uuid, value);
      return;
    }
    const change = this.#replica.decodeUpdate(table, uuid, value);
    if (change !== undefined) this.#missed.push(change);
  }

  finish(): readonly RowChange[] {
    if (this.kind === "resumed") return this.#missed;
    return (this.#full ?? this.#replica.beginFullRead()).finish();
  }
}

/** The name of an error: servers send a string, or an object that has one. */
function errorText(error: unknown): unknown {
  return typeof error === "object" && error !== null && "error" in error ? error.error : error;
}

function detailsOf(error: unknown): { readonly serverError?: string } {
  const text = errorText(error);
  return typeof text === "string" ? { serverError: text } : {};
}
