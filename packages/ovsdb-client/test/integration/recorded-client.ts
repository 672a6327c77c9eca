import { processClock } from "../../src/time/clock.ts";
import { OvsdbError, toOvsdbError } from "../../src/errors/ovsdb-error.ts";
import { OvsdbClient } from "../../src/client/client.ts";
import type { OvsdbClientOptions } from "../../src/client/client-options.ts";
import type { Operation } from "../../src/transaction/operations.ts";
import type { OvsdbSession, SyncKind } from "../../src/client/session.ts";
import type { RowChange } from "../../src/monitor/row-change.ts";
import { allTables } from "./northbound.ts";

export type RecordedEvent =
  | { readonly kind: "changed"; readonly changes: readonly RowChange[] }
  | { readonly kind: "synced"; readonly session: OvsdbSession; readonly how: SyncKind }
  | { readonly kind: "lost"; readonly error: OvsdbError };

/** A client of a Northbound database, with all calls of its listener. */
export class RecordedClient implements AsyncDisposable {
  readonly events: RecordedEvent[] = [];
  readonly client: OvsdbClient;
  readonly #waiters = new Set<() => void>();

  constructor(endpoints: readonly string[], options: Partial<OvsdbClientOptions> = {}) {
    const record = (event: RecordedEvent): void => {
      this.events.push(event);
      for (const look of this.#waiters) look();
    };
    this.client = new OvsdbClient({
      endpoints,
      database: "OVN_Northbound",
      tables: allTables,
      rereadJitterMs: 0,
      listener: {
        changed(changes) {
          record({ kind: "changed", changes });
        },
        synced(session, how) {
          record({ kind: "synced", session, how });
        },
        lost(error) {
          record({ kind: "lost", error });
        },
      },
      ...options,
    });
    this.client.start(new AbortController().signal);
  }

  /** The current or next session; fails after `timeoutMs`. */
  session(timeoutMs = 60_000): Promise<OvsdbSession> {
    return this.client.waitForSession({ deadlineMs: processClock.monotonicMs() + timeoutMs });
  }

  /**
   * Commits in the current session, and again in the next one when that is lost, because a cluster may elect its leader
   * twice in a row. Resolves to the session that has committed.
   */
  async commit(operations: readonly Operation[]): Promise<OvsdbSession> {
    for (;;) {
      const session = await this.session();
      try {
        await session.transact(operations);
        return session;
      } catch (caught) {
        if (!session.signal.aborted) throw caught;
      }
      await this.until("the loss", () => this.client.session !== session);
    }
  }

  /** Waits until this is the reason that no session begins. No session may begin meanwhile. */
  async refused(why: RegExp): Promise<void> {
    const limit = deadlineIn(60_000);
    for (;;) {
      const error = await rejection(this.client.waitForSession(deadlineIn(300)));
      if (error.code !== "NotConnected") throw error;
      if (why.test(error.message)) return;
      if (processClock.monotonicMs() > limit.deadlineMs) throw error;
    }
  }

  /** Resolves when the condition holds, which is checked after each event. */
  until(what: string, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = processClock.after(timeoutMs, () => {
        this.#waiters.delete(look);
        reject(new OvsdbError("DeadlineExceeded", `not seen: ${what}`));
      });
      const look = (): void => {
        if (!condition()) return;
        cancel();
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** The ways in which the sessions so far have begun. */
  get syncs(): SyncKind[] {
    return this.events.flatMap((event) => (event.kind === "synced" ? [event.how] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<OvsdbError> {
  try {
    await promise;
  } catch (caught) {
    return toOvsdbError(caught);
  }
  throw new OvsdbError("Internal", "it should have been rejected");
}

export function deadlineIn(ms: number): { readonly deadlineMs: number } {
  return { deadlineMs: processClock.monotonicMs() + ms };
}
