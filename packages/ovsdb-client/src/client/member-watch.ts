import type { CallLimits } from "../time/call-limits.ts";
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { type DatabaseStatus, databaseTable, findStatus, type MemberDemands, whyUnsuitable } from "./cluster-member.ts";
import type { Connection } from "../connection/connection.ts";
import { Monitor } from "../monitor/monitor.ts";
import { Replica } from "../monitor/replica.ts";
import type { Row } from "../values/table.ts";

export interface MemberWatchEvents {
  /** Called with each status of the database, before it is judged. */
  readonly seen: (status: DatabaseStatus) => void;
  /** Called with each status with which the client may use the server. */
  readonly suitable: (status: DatabaseStatus) => void;
}

/**
 * Follows on one connection the status of the database at this server, and ends the connection when the client must not
 * use it.
 */
export class MemberWatch {
  readonly #demands: () => MemberDemands;
  readonly #events: MemberWatchEvents;
  readonly #replica = new Replica([databaseTable]);
  readonly #monitor: Monitor;
  #connection: Connection | undefined;

  /** `demands` gives those that are in force when a status is judged. */
  constructor(demands: () => MemberDemands, events: MemberWatchEvents) {
    this.#demands = demands;
    this.#events = events;
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

  /** The status of the database. Undefined: it was not read yet, or the server is older than 2.9 and has none. */
  get status(): DatabaseStatus | undefined {
    const rows = this.#replica.rows(databaseTable.name) as unknown as ReadonlyMap<string, Row<typeof databaseTable>>;
    return findStatus(rows, this.#demands().database);
  }

  /** Throws `NotConnected` when the client must not use the server. */
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

  /** Takes a notification about the databases of the server. Gives false for any other notification. */
  accept(method: string, params: readonly unknown[]): boolean {
    return this.#monitor.accept(method, params);
  }

  #judge(connection: Connection): void {
    const { status } = this;
    if (status !== undefined) this.#events.seen(status);
    const fault = whyUnsuitable(status, this.#demands());
    if (fault !== undefined) connection.close(new OvsdbError("NotConnected", `${connection.endpoint} ${fault}`));
    else if (status !== undefined) this.#events.suitable(status);
  }
}

/** Servers before 2.9 have no database `_Server`. */
function isUnknownDatabase(caught: unknown): boolean {
  return (
    caught instanceof OvsdbError && caught.code === "NotConnected" && caught.details.serverError === "unknown database"
  );
}
