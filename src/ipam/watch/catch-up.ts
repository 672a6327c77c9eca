import type { Clock } from "#src/core/clock.ts";
import type { OvsdbSession } from "ovsdb-client";

/** NB answers an empty transaction within less than a millisecond. After this time the answer is of no use. */
const askMs = 1_000;

/**
 * Waits until a replica has all that NB has. An empty transaction asks for that: the server sends the changes before its reply.
 * All callers that come while one is on its way share the next one, however many they are.
 */
export class CatchUp {
  readonly #clock: Clock;
  readonly #session: () => Pick<OvsdbSession, "transact"> | undefined;
  #asked: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(clock: Clock, session: () => Pick<OvsdbSession, "transact"> | undefined) {
    this.#clock = clock;
    this.#session = session;
  }

  /**
   * Resolves when the replica has what NB had at the call, or after at most two seconds when NB does not answer. It never
   * rejects: a replica that cannot be made newer stays as it is.
   */
  wait(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#asked === undefined) return this.#ask();
    this.#next = this.#asked.then(() => {
      this.#next = undefined;
      return this.#ask();
    });
    return this.#next;
  }

  #ask(): Promise<void> {
    this.#asked = this.#transact().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #transact(): Promise<void> {
    try {
      await this.#session()?.transact([], { deadlineMs: this.#clock.monotonicMs() + askMs });
    } catch {
      // The session is lost, or NB is slow. The next session brings what is missing.
    }
  }
}
