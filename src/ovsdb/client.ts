import type { CallOptions } from "#src/core/deadline.ts";
import type { OvsdbClientOptions } from "./client-options.ts";
import type { OvsdbSession } from "./session.ts";
import type { Row, TableSpec } from "./table.ts";

/** A replica of some tables of an OVSDB database (RFC 7047), kept in sync, and transactions on the same connection. */
export declare class OvsdbClient {
  constructor(options: OvsdbClientOptions);
  /** Connects, and connects again whenever the session is lost, until the signal aborts or `close` is called. */
  start(signal: AbortSignal): void;
  close(): Promise<void>;
  /** The current session, once it is in sync. */
  get session(): OvsdbSession | undefined;
  waitForSession(options?: CallOptions): Promise<OvsdbSession>;
  /** The rows of a monitored table, by UUID; a live view. */
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>>;
}
