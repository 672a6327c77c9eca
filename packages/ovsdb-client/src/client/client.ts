// The client: one session after the other until it is closed, with a delay between rounds over the endpoints.
import { ReconnectDelay } from "../time/reconnect-delay.ts";
import { type CallLimits, settleInTime } from "../time/call-limits.ts";
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { ActiveSession } from "./active-session.ts";
import { type ClientSettings, type LeaderChoice, type OvsdbClientOptions, withDefaults } from "./client-options.ts";
import { type OvsdbEndpoint, parseEndpoint } from "../connection/endpoint.ts";
import { Monitor } from "../monitor/monitor.ts";
import { Replica } from "../monitor/replica.ts";
import { type SyncedConnection, ServerLink } from "./server-link.ts";
import type { OvsdbSession, SyncKind } from "./session.ts";
import type { Row, TableSpec } from "../values/table.ts";

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly stop: AbortController; readonly done: Promise<void> };

interface Waiter {
  readonly resolve: (session: OvsdbSession) => void;
  readonly reject: (error: OvsdbError) => void;
}

/**
 * Keeps a replica of some tables of one database, and runs transactions. It connects to one of several endpoints, and
 * to another when that connection is lost; the replica outlives its connections.
 */
export class OvsdbClient {
  readonly #settings: ClientSettings;
  readonly #endpoints: readonly OvsdbEndpoint[];
  readonly #replica: Replica;
  readonly #monitor: Monitor;
  readonly #link: ServerLink;
  readonly #waiters = new Set<Waiter>();
  #state: State = { kind: "idle" };
  #session: ActiveSession | undefined;
  /** The number of sessions so far. */
  #sessions = 0;
  #syncedMs = 0;
  /** The reason that there is no session. */
  #lastError: OvsdbError = new OvsdbError("NotConnected", "the client was not started");

  /** Throws `ConfigInvalid` when an endpoint is malformed, or there is none. */
  constructor(options: OvsdbClientOptions) {
    const settings = withDefaults(options);
    this.#settings = settings;
    this.#endpoints = options.endpoints.map(parseEndpoint);
    if (this.#endpoints.length === 0) throw new OvsdbError("ConfigInvalid", "an OVSDB client needs an endpoint");
    this.#replica = new Replica(options.tables);
    this.#monitor = new Monitor({
      id: "rows",
      database: options.database,
      replica: this.#replica,
      methods: settings.monitorMethods,
      onChanged: (changes) => {
        settings.listener.changed?.(changes);
      },
    });
    this.#link = new ServerLink(settings, this.#monitor);
  }

  /**
   * Connects, and connects again whenever the session is lost, until the signal aborts or `close` is called. A closed
   * client may be started again.
   */
  start(signal: AbortSignal = new AbortController().signal): void {
    if (this.#state.kind === "running") throw new OvsdbError("InvalidUse", "the OVSDB client is running already");
    const asked = this.#endpoints.map(({ text }) => text).join(", ");
    this.#lastError = new OvsdbError("NotConnected", `no answer yet from ${asked}`);
    const stop = new AbortController();
    const onAbort = (): void => {
      stop.abort(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const done = this.#run(stop.signal).finally(() => {
      signal.removeEventListener("abort", onAbort);
      this.#state = { kind: "idle" };
    });
    this.#state = { kind: "running", stop, done };
  }

  /** Ends the session. Transactions that are under way reject with `OutcomeUnknown`. */
  async close(): Promise<void> {
    if (this.#state.kind === "idle") return;
    this.#state.stop.abort();
    await this.#state.done;
  }

  /** The current session; undefined while there is none in sync. */
  get session(): OvsdbSession | undefined {
    return this.#session;
  }

  /**
   * The current session, or the next one. Rejects with `NotConnected`, which has the last failure, at the deadline, and
   * with `Aborted`.
   */
  async waitForSession(limits: CallLimits = {}): Promise<OvsdbSession> {
    if (this.#session !== undefined) return this.#session;
    let waiter: Waiter | undefined;
    return settleInTime<OvsdbSession>(
      this.#settings.clock,
      limits,
      "wait for the database",
      (resolve, reject) => {
        waiter = { resolve, reject };
        this.#waiters.add(waiter);
      },
      (error) => {
        if (waiter !== undefined) this.#waiters.delete(waiter);
        return error.code === "DeadlineExceeded" ? notConnected(this.#lastError) : error;
      },
    );
  }

  /**
   * The rows of a monitored table by UUID, as a live view. It is empty before the first session; without a session it
   * keeps the rows that were read last. Throws `InvalidUse` for a table that is not among the options.
   */
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, backoff, random } = this.#settings;
    const delay = new ReconnectDelay(backoff, random);
    let searchBeganMs = clock.monotonicMs();
    while (!signal.aborted) {
      const livedMs = await this.#round(signal, clock.monotonicMs() - searchBeganMs);
      if (livedMs !== undefined) searchBeganMs = clock.monotonicMs();
      const waitMs = delay.nextMs(livedMs);
      if (livedMs !== undefined && livedMs >= backoff.resetAfterMs) continue;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    this.#lastError = new OvsdbError("NotConnected", "the client was closed");
    for (const { reject } of this.#waiters) reject(this.#lastError);
    this.#waiters.clear();
  }

  /**
   * Tries all endpoints until one gives a session. Resolves to the time that this session lived; undefined: there was
   * none.
   */
  async #round(signal: AbortSignal, searchedMs: number): Promise<number | undefined> {
    const { clock, random } = this.#settings;
    for (const leader of this.#leaderChoices(searchedMs)) {
      for (const endpoint of shuffle(this.#endpoints, random)) {
        if (signal.aborted) return undefined;
        const before = this.#sessions;
        const error = await this.#link.run(endpoint, leader, signal, {
          synced: (link, kind) => {
            this.#synced(link, kind);
          },
          closed: (reason) => {
            this.#closed(reason);
          },
        });
        if (this.#sessions > before) return clock.monotonicMs() - this.#syncedMs;
        this.#failed(endpoint, error);
      }
    }
    return undefined;
  }

  /** The demands on members in this round. For each of them all endpoints are tried once. */
  #leaderChoices(searchedMs: number): readonly LeaderChoice[] {
    const { leader, leaderWaitMs } = this.#settings;
    if (leader !== "prefer") return [leader];
    if (this.#endpoints.length === 1) return ["any"];
    return searchedMs < leaderWaitMs ? ["only"] : ["only", "any"];
  }

  #synced(link: SyncedConnection, kind: SyncKind): void {
    const { clock, database, listener, logger } = this.#settings;
    this.#sessions += 1;
    this.#syncedMs = clock.monotonicMs();
    const session = new ActiveSession({ ...link, number: this.#sessions, database });
    this.#session = session;
    logger.info({ endpoint: session.endpoint, database, session: session.number, kind }, "database in sync");
    listener.synced?.(session, kind);
    for (const { resolve } of this.#waiters) resolve(session);
    this.#waiters.clear();
  }

  #closed(error: OvsdbError): void {
    const session = this.#session;
    if (session === undefined) return;
    const { database, listener, logger } = this.#settings;
    this.#session = undefined;
    this.#lastError = error;
    const fields = { endpoint: session.endpoint, database, session: session.number, err: error };
    if (error.code === "Aborted") logger.info(fields, "database session ended");
    else logger.warn(fields, "database session lost");
    session.end(error);
    listener.lost?.(error);
  }

  #failed(endpoint: OvsdbEndpoint, error: OvsdbError): void {
    const { database, logger } = this.#settings;
    const fields = { endpoint: endpoint.text, database, err: error };
    // The same trouble is a warning once, not with every attempt.
    if (error.message === this.#lastError.message) logger.debug(fields, "database still not reached");
    else logger.warn(fields, "database not reached, will retry");
    this.#lastError = error;
  }
}

/** The items in random order (Fisher and Yates). */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

function notConnected(cause: OvsdbError): OvsdbError {
  return new OvsdbError("NotConnected", `no session with the database: ${cause.message}`, { cause });
}
