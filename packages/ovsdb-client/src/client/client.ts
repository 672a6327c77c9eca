// An OVSDB client (RFC 7047): a replica of some tables, kept in step, and transactions on the same connection.
import { Backoff, type BackoffOptions } from "../../../../src/core/backoff.ts";
import { type CallOptions, settleWithin } from "../../../../src/core/deadline.ts";
import { AppError } from "../../../../src/core/errors.ts";
import { ActiveSession } from "./active-session.ts";
import type { LeaderChoice, OvsdbClientOptions } from "./client-options.ts";
import type { MonitorMethod } from "../monitor/monitor.ts";
import { type Endpoint, parseEndpoint } from "../connection/endpoint.ts";
import { Monitor, type SyncKind } from "../monitor/monitor.ts";
import { Replica } from "../monitor/replica.ts";
import { type Link, ServerLink } from "./server-link.ts";
import type { OvsdbSession } from "./session.ts";
import type { Row, TableSpec } from "../values/table.ts";

const defaultBackoff: BackoffOptions = { initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0.5, resetAfterMs: 1_000 };
const defaultMethods: readonly MonitorMethod[] = ["monitor_cond_since", "monitor_cond", "monitor"];

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly stop: AbortController; readonly done: Promise<void> };

interface Waiter {
  readonly resolve: (session: OvsdbSession) => void;
  readonly reject: (error: AppError) => void;
}

/** Connects to one of several endpoints, and to another when that is lost; the replica outlives its connections. */
export class OvsdbClient {
  readonly #options: OvsdbClientOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #random: () => number;
  readonly #replica: Replica;
  readonly #monitor: Monitor;
  readonly #link: ServerLink;
  readonly #waiters = new Set<Waiter>();
  #state: State = { kind: "idle" };
  #session: ActiveSession | undefined;
  /** How many there have been. */
  #sessions = 0;
  #syncedMs = 0;
  /** Why there is no session. */
  #trouble: AppError = new AppError("NotConnected", "the client was not started");

  /** Throws `ConfigInvalid` for a malformed endpoint, or none. */
  constructor(options: OvsdbClientOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints.map(parseEndpoint);
    if (this.#endpoints.length === 0) throw new AppError("ConfigInvalid", "an OVSDB client needs an endpoint");
    this.#random = options.random ?? Math.random;
    this.#replica = new Replica(options.tables);
    this.#monitor = new Monitor({
      id: "rows",
      database: options.database,
      replica: this.#replica,
      methods: options.monitorMethods ?? defaultMethods,
      onChanged: (changes) => {
        options.listener.changed(changes);
      },
    });
    this.#link = new ServerLink(options, this.#monitor, this.#random);
  }

  /** Connects, and connects again whenever the session is lost, until the signal aborts or `close` is called. */
  start(signal: AbortSignal): void {
    if (this.#state.kind === "running") throw new AppError("Internal", "the OVSDB client is running already");
    const asked = this.#endpoints.map(({ text }) => text).join(", ");
    this.#trouble = new AppError("NotConnected", `no answer yet from ${asked}`);
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

  /** Ends the session; transactions that are under way throw `OutcomeUnknown`. */
  async close(): Promise<void> {
    if (this.#state.kind === "idle") return;
    this.#state.stop.abort();
    await this.#state.done;
  }

  /** The current session, once it is in sync. */
  get session(): OvsdbSession | undefined {
    return this.#session;
  }

  /** The current session, or the next. Throws `NotConnected`, with the last failure, at the deadline, or `Aborted`. */
  async waitForSession(options: CallOptions = {}): Promise<OvsdbSession> {
    if (this.#session !== undefined) return this.#session;
    let waiter: Waiter | undefined;
    return settleWithin<OvsdbSession>(
      this.#options.clock,
      options,
      "wait for the database",
      (resolve, reject) => {
        waiter = { resolve, reject };
        this.#waiters.add(waiter);
      },
      (error) => {
        if (waiter !== undefined) this.#waiters.delete(waiter);
        return error.code === "DeadlineExceeded" ? notConnected(this.#trouble) : error;
      },
    );
  }

  /** The rows of a monitored table, by UUID: a live view, empty before the first sync, ageing without a session. */
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, backoff: backoffOptions = defaultBackoff } = this.#options;
    const backoff = new Backoff(backoffOptions, this.#random);
    let searchBeganMs = clock.monotonicMs();
    while (!signal.aborted) {
      const livedMs = await this.#round(signal, clock.monotonicMs() - searchBeganMs);
      if (livedMs !== undefined) searchBeganMs = clock.monotonicMs();
      const waitMs = backoff.nextMs(livedMs);
      if (livedMs !== undefined && livedMs >= backoffOptions.resetAfterMs) continue;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    this.#trouble = new AppError("NotConnected", "the client was closed");
    for (const { reject } of this.#waiters) reject(this.#trouble);
    this.#waiters.clear();
  }

  /** Tries all endpoints; how long the session lived when there was one. */
  async #round(signal: AbortSignal, searchedMs: number): Promise<number | undefined> {
    const { clock } = this.#options;
    for (const leader of this.#demands(searchedMs)) {
      for (const endpoint of shuffle(this.#endpoints, this.#random)) {
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

  /** What to ask of the members in this round, one pass over the endpoints for each. */
  #demands(searchedMs: number): readonly LeaderChoice[] {
    const { leader = "prefer", leaderWaitMs = 2_000 } = this.#options;
    if (leader !== "prefer") return [leader];
    if (this.#endpoints.length === 1) return ["any"];
    return searchedMs < leaderWaitMs ? ["only"] : ["only", "any"];
  }

  #synced(link: Link, kind: SyncKind): void {
    const { clock, database, listener, logger } = this.#options;
    this.#sessions += 1;
    this.#syncedMs = clock.monotonicMs();
    const session = new ActiveSession({ ...link, number: this.#sessions, database });
    this.#session = session;
    logger.info({ endpoint: session.endpoint, database, session: session.number, kind }, "database in sync");
    listener.synced(session, kind);
    for (const { resolve } of this.#waiters) resolve(session);
    this.#waiters.clear();
  }

  #closed(error: AppError): void {
    const session = this.#session;
    if (session === undefined) return;
    const { database, listener, logger } = this.#options;
    this.#session = undefined;
    this.#trouble = error;
    const fields = { endpoint: session.endpoint, database, session: session.number, err: error };
    if (error.code === "Aborted") logger.info(fields, "database session ended");
    else logger.warn(fields, "database session lost");
    session.end(error);
    listener.lost(error);
  }

  #failed(endpoint: Endpoint, error: AppError): void {
    const { database, logger } = this.#options;
    const fields = { endpoint: endpoint.text, database, err: error };
    // Said once for each kind of trouble, not with every attempt.
    if (error.message === this.#trouble.message) logger.debug(fields, "database still not reached");
    else logger.warn(fields, "database not reached, will retry");
    this.#trouble = error;
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

function notConnected(cause: AppError): AppError {
  return new AppError("NotConnected", `no session with the database: ${cause.message}`, { cause });
}
