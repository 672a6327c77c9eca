import { OvsdbError, toOvsdbError } from "../errors/ovsdb-error.ts";
import type { ClientSettings, LeaderChoice } from "./client-options.ts";
import type { DatabaseStatus, MemberDemands, NewestEntry } from "./cluster-member.ts";
import { Connection } from "../connection/connection.ts";
import type { OvsdbEndpoint } from "../connection/endpoint.ts";
import { MemberWatch } from "./member-watch.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { type ByteStream, openSocket } from "../connection/open-socket.ts";
import { RestoreEvidence } from "./restore-evidence.ts";
import { checkSchema } from "../monitor/schema.ts";
import type { SyncKind } from "./session.ts";

/** A connection with the replica in sync, and the ids of the server. */
export interface SyncedConnection {
  readonly connection: Connection;
  readonly clusterId: string | undefined;
  readonly serverId: string | undefined;
}

export interface ServerLinkEvents {
  /** Called when the replica is in sync, before any later message is read. */
  readonly synced: (link: SyncedConnection, kind: SyncKind) => void;
  /** Called when a connection is over, whether the replica was in sync or not, before its transactions are rejected. */
  readonly closed: (error: OvsdbError) => void;
}

/** Makes one connection after the other, and remembers for the next one how new the data of the cluster were. */
export class ServerLink {
  readonly #settings: ClientSettings;
  readonly #monitor: Monitor;
  readonly #evidence: RestoreEvidence;
  #newest: NewestEntry | undefined;
  #everSynced = false;
  /** The cluster was restored, and no session has begun since. */
  #isRestored = false;

  constructor(settings: ClientSettings, monitor: Monitor) {
    this.#settings = settings;
    this.#monitor = monitor;
    this.#evidence = new RestoreEvidence(settings.restoredAfterMs);
  }

  /** Makes a connection. Resolves when it is over, or could not be made, with the reason. */
  async run(
    endpoint: OvsdbEndpoint,
    leader: LeaderChoice,
    signal: AbortSignal,
    events: ServerLinkEvents,
  ): Promise<OvsdbError> {
    const { clock, tls, connectTimeoutMs: timeoutMs } = this.#settings;
    let stream: ByteStream;
    try {
      stream = await openSocket({ endpoint, clock, timeoutMs, signal, ...(tls === undefined ? {} : { tls }) });
    } catch (caught) {
      return toOvsdbError(caught);
    }
    const over = Promise.withResolvers<OvsdbError>();
    const member = new MemberWatch(() => this.#demands(leader), {
      seen: (status) => {
        this.#lookForRestore(status);
      },
      suitable: (status) => {
        this.#note(status);
      },
    });
    const connection = this.#connection(stream, endpoint, member, (error) => {
      // The replica may differ from the database, so all rows have to be read again.
      if (error.code === "ProtocolError" || error.code === "Internal") this.#monitor.forget();
      events.closed(error);
      over.resolve(error);
    });
    const onAbort = (): void => {
      connection.close(new OvsdbError("Aborted", "the client was closed"));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#introduce(connection, member, signal, events).catch((caught: unknown) => {
      connection.close(toOvsdbError(caught));
    });
    const error = await over.promise;
    signal.removeEventListener("abort", onAbort);
    return error;
  }

  #connection(
    stream: ByteStream,
    endpoint: OvsdbEndpoint,
    member: MemberWatch,
    onClosed: (error: OvsdbError) => void,
  ): Connection {
    const { clock, probeIntervalMs, maxFrameBytes, maxQueuedBytes } = this.#settings;
    return new Connection({
      stream,
      endpoint: endpoint.text,
      clock,
      probeIntervalMs,
      maxFrameBytes,
      maxQueuedBytes,
      onNotification: (method, params) => {
        if (member.accept(method, params) || this.#monitor.accept(method, params)) return;
        throw new OvsdbError("ProtocolError", `the server sent ${method}, which nobody asked for`);
      },
      beginUpdate: (monitor) => this.#monitor.beginUpdate(monitor),
      onClosed,
    });
  }

  async #introduce(
    connection: Connection,
    member: MemberWatch,
    signal: AbortSignal,
    { synced }: ServerLinkEvents,
  ): Promise<void> {
    const { clock, database, tables, connectTimeoutMs, rereadJitterMs, random } = this.#settings;
    const soon = { signal, deadlineMs: clock.monotonicMs() + connectTimeoutMs };
    await member.start(connection, soon);
    const { result, error } = await connection.call("get_schema", [database], soon);
    if (error !== null) {
      throw new OvsdbError(
        "NotConnected",
        `${connection.endpoint} has no schema of ${database}: ${JSON.stringify(error)}`,
      );
    }
    checkSchema(result, tables);
    if (this.#everSynced && !this.#monitor.mayResume) await clock.sleep(random() * rereadJitterMs, signal);
    // There is no deadline, because to read all rows may take long. A server that is dead is silent, and is given up
    // for that.
    await this.#monitor.start(connection, { signal }, (kind) => {
      const how = this.#isRestored ? "restored" : kind;
      this.#everSynced = true;
      this.#isRestored = false;
      synced({ connection, clusterId: member.status?.cid, serverId: member.status?.sid }, how);
    });
  }

  #demands(leader: LeaderChoice): MemberDemands {
    const { database, clusterId, relays } = this.#settings;
    return { database, leader, relays, clusterId, newest: this.#newest };
  }

  /** After a restore the older data are those of the cluster, and nothing of the newer data counts any more. */
  #lookForRestore(status: DatabaseStatus): void {
    const { clock, database, logger, restoredAfterMs: forMs } = this.#settings;
    const newest = this.#newest;
    if (!this.#evidence.add(status, newest, clock.monotonicMs())) return;
    const fields = { database, clusterId: newest?.clusterId, seen: String(newest?.index), index: status.index, forMs };
    logger.error(fields, "database was restored: its whole cluster has older data than was seen before");
    this.#newest = undefined;
    this.#isRestored = true;
    this.#monitor.forget();
  }

  #note({ cid, index }: DatabaseStatus): void {
    if (cid !== undefined && index !== undefined) this.#newest = { clusterId: cid, index: BigInt(index) };
  }
}
