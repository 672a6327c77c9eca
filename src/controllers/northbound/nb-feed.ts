import type { OvsdbClientOptions, OvsdbSession, Row, RowChange, TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { DatabaseClient, type DatabaseListener } from "#src/ovsdb/database-client.ts";
import { controllerTables } from "./controller-tables.ts";

export interface NbFeedOptions
  extends Pick<OvsdbClientOptions, "endpoints" | "tls" | "leader" | "relays" | "probeIntervalMs"> {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * NB as every controller of the process sees it, read once. Each follower is told of each message, in the order in
 * which they followed.
 */
export class NbFeed {
  readonly #client: DatabaseClient;
  readonly #followers = new Set<DatabaseListener>();

  constructor({ clock, logger, ...nb }: NbFeedOptions) {
    this.#client = new DatabaseClient({
      ...nb,
      database: "OVN_Northbound",
      tables: controllerTables,
      listener: {
        changed: (changes: readonly RowChange[]) => {
          for (const each of this.#followers) each.changed(changes);
        },
        synced: (session, kind) => {
          for (const each of this.#followers) each.synced(session, kind);
        },
        lost: (error: AppError) => {
          for (const each of this.#followers) each.lost(error);
        },
      },
      clock,
      logger,
    });
  }

  /**
   * Tells the follower of everything that comes from now on. It reads by itself what is there already. Returns a
   * function that stops this. A follower that builds up a state from changes must follow before `start`.
   */
  follow(follower: DatabaseListener): () => void {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }

  start(signal: AbortSignal): void {
    this.#client.start(signal);
  }

  /** The session while there is one. */
  get session(): OvsdbSession | undefined {
    return this.#client.session;
  }

  /** The session that is in sync, or the next one; see `DatabaseClient.waitForSession`. */
  waitForSession(options: CallOptions): Promise<OvsdbSession> {
    return this.#client.waitForSession(options);
  }

  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#client.rows(table);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
