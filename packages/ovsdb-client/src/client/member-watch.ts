import type { CallLimits } from "../time/call-limits.ts";
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { type DatabaseStatus, databaseTable, findStatus, type MemberDemands, objection } from "./cluster-member.ts";
import type { Connection } from "../connection/connection.ts";
import { Monitor } from "../monitor/monitor.ts";
import { Replica } from "../monitor/replica.ts";
import type { Row } from "../values/table.ts";

/** Follows, on one connection, what the server says about the database, and ends the connection when it will not do. */
export class MemberWatch {
  readonly #demands: MemberDemands;
  readonly #onStatus: (status: DatabaseStatus) => void;
  readonly #replica = new Replica([databaseTable]);
  readonly #monitor: Monitor;
  #connection: Connection | undefined;

  constructor(demands: MemberDemands, onStatus: (status: DatabaseStatus) => void) {
    this.#demands = demands;
    this.#onStatus = onStatus;
    this.#monitor = new Monitor({
      id: "server",
      database: "_Server",
      replica: this.#replica,
      methods: ["monitor_cond"],
      onChanged: () => {
        if (this.#connection !== undefined) this.#judge(this.#connection);
      },
    });
  }

  /** Undefined before the start, and for servers that are too old (before 2.9) to say. */
  get status(): DatabaseStatus | undefined {
    const rows = this.#replica.rows(databaseTable.name) as unknown as ReadonlyMap<string, Row<typeof databaseTable>>;
    return findStatus(rows, this.#demands.database);
  }

  /** Throws `NotConnected` when the server will not do. */
  async start(connection: Connection, options: CallLimits): Promise<void> {
    try {
      await this.#monitor.start(connection, options, () => {
        this.#connection = connection;
        this.#judge(connection);
      });
    } catch (caught) {
      if (!isUnknownDatabase(caught)) throw caught;
    }
    if (connection.closed !== undefined) throw connection.closed;
  }

  /** Takes a notification if it is about the server's databases. */
  accept(method: string, params: readonly unknown[]): boolean {
    return this.#monitor.accept(method, params);
  }

  #judge(connection: Connection): void {
    const { status } = this;
    const fault = objection(status, this.#demands);
    if (fault !== undefined) connection.close(new OvsdbError("NotConnected", `${connection.endpoint} ${fault}`));
    else if (status !== undefined) this.#onStatus(status);
  }
}

/** Servers before 2.9 have no database `_Server`. */
function isUnknownDatabase(caught: unknown): boolean {
  return (
    caught instanceof OvsdbError && caught.code === "NotConnected" && caught.details.serverError === "unknown database"
  );
}
