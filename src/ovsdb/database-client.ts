// A client of an OVSDB database as the product uses it: the package `ovsdb-client`, with errors that are AppErrors.
import {
  OvsdbClient,
  type CallLimits,
  type Operation,
  type OperationResult,
  type OvsdbClientOptions,
  type OvsdbListener,
  type OvsdbSession,
  type Row,
  type TableSpec,
} from "ovsdb-client";
import type { AppError } from "#src/core/errors.ts";
import { fromOvsdb, inAppErrors } from "./ovsdb-errors.ts";

/** Is told of changes of the replica and of its sessions; see `OvsdbListener`. */
export interface DatabaseListener extends Omit<OvsdbListener, "lost"> {
  lost(error: AppError): void;
}

export interface DatabaseClientOptions extends Omit<OvsdbClientOptions, "listener"> {
  readonly listener: DatabaseListener;
}

/** An `OvsdbClient` that throws and tells AppErrors, also by its sessions. */
export class DatabaseClient {
  readonly #client: OvsdbClient;
  #latest: DatabaseSession | undefined;

  /** Throws `ConfigInvalid` for a malformed endpoint, or none. */
  constructor(options: DatabaseClientOptions) {
    const { listener } = options;
    const told: OvsdbListener = {
      changed: (changes) => {
        listener.changed(changes);
      },
      synced: (session, how) => {
        listener.synced(this.#wrap(session), how);
      },
      lost: (error) => {
        listener.lost(fromOvsdb(error));
      },
    };
    this.#client = inAppErrors(() => new OvsdbClient({ ...options, listener: told }));
  }

  /** Connects, and connects again whenever the session is lost, until the signal aborts or `close` is called. */
  start(signal: AbortSignal): void {
    inAppErrors(() => {
      this.#client.start(signal);
    });
  }

  /** Ends the session; transactions that are under way throw `OutcomeUnknown`. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** The current session, once it is in sync. */
  get session(): OvsdbSession | undefined {
    const { session } = this.#client;
    return session === undefined ? undefined : this.#wrap(session);
  }

  /** The current session, or the next. Throws `NotConnected`, with the last failure, at the deadline, or `Aborted`. */
  async waitForSession(limits: CallLimits = {}): Promise<OvsdbSession> {
    try {
      return this.#wrap(await this.#client.waitForSession(limits));
    } catch (caught) {
      throw fromOvsdb(caught);
    }
  }

  /** The rows of a monitored table, by UUID: a live view, empty before the first sync, ageing without a session. */
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return inAppErrors(() => this.#client.rows(table));
  }

  /** One object for each session, so that sessions can be compared. */
  #wrap(session: OvsdbSession): DatabaseSession {
    if (this.#latest?.inner !== session) this.#latest = new DatabaseSession(session);
    return this.#latest;
  }
}

class DatabaseSession implements OvsdbSession {
  readonly inner: OvsdbSession;
  readonly number: number;
  readonly endpoint: string;
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
  readonly signal: AbortSignal;

  constructor(inner: OvsdbSession) {
    this.inner = inner;
    this.number = inner.number;
    this.endpoint = inner.endpoint;
    this.clusterId = inner.clusterId;
    this.serverId = inner.serverId;
    this.signal = inner.signal;
  }

  transact(operations: readonly Operation[], limits?: CallLimits): Promise<readonly OperationResult[]> {
    return this.inner.transact(operations, limits).catch((caught: unknown) => {
      throw fromOvsdb(caught);
    });
  }
}
