import { createHash } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import type { RandomBytes } from "../page-access.ts";
import type { Account } from "./account.ts";
import { countedName } from "./counted-name.ts";

export interface SessionLimits {
  readonly most: number;
  /** The most sessions of one name, as `countedName` gives it: its oldest one ends for a new one. */
  readonly mostOfName: number;
  /** A session ends so long after its login, and earlier when nobody has used it for `idleMs`. */
  readonly lifeMs: number;
  readonly idleMs: number;
}

export const defaultSessionLimits: SessionLimits = {
  most: 64,
  mostOfName: 4,
  lifeMs: 8 * 3_600_000,
  idleMs: 3_600_000,
};

interface Session {
  readonly account: Account;
  readonly beginMs: number;
  usedMs: number;
}

/** Knows who has logged in. It keeps the ids of sessions as digests, so that to look one up tells nothing by the time that it takes. */
export class LoginSessions {
  readonly #clock: Clock;
  readonly #randomBytes: RandomBytes;
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();
  #endSweep: (() => void) | undefined;

  constructor(clock: Clock, randomBytes: RandomBytes, limits: SessionLimits = defaultSessionLimits) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Begins a session and gives its id, if need be in the place of one that nobody uses; undefined when all have a page open. */
  begin(account: Account): string | undefined {
    this.#sweep();
    const name = countedName(account.name);
    const own = [...this.#sessions].filter(([, one]) => countedName(one.account.name) === name);
    const [oldest] = own;
    if (oldest !== undefined && own.length >= this.#limits.mostOfName) this.#end(oldest[0]);
    if (this.#sessions.size >= this.#limits.most) this.#endUnused();
    if (this.#sessions.size >= this.#limits.most) return undefined;
    const id = this.#randomBytes(32).toString("base64url");
    const nowMs = this.#clock.monotonicMs();
    this.#sessions.set(digestOf(id), { account, beginMs: nowMs, usedMs: nowMs });
    this.#sweepLater();
    return id;
  }

  /** The account of a session that goes on. */
  use(id: string): Account | undefined {
    const digest = digestOf(id);
    const session = this.#sessions.get(digest);
    if (session === undefined) return undefined;
    if (this.#isOver(session)) {
      this.#end(digest);
      return undefined;
    }
    session.usedMs = this.#clock.monotonicMs();
    return session.account;
  }

  end(id: string): void {
    this.#end(digestOf(id));
  }

  close(): void {
    this.#endSweep?.();
    for (const digest of [...this.#sessions.keys()]) this.#end(digest);
  }

  #end(digest: string): void {
    this.#sessions.get(digest)?.account.close();
    this.#sessions.delete(digest);
  }

  /** Ends the session that was not used for the longest time, among those without an open page. */
  #endUnused(): void {
    const unused = [...this.#sessions].filter(([, { account }]) => !account.isWatching);
    const [longest] = unused.sort(([, a], [, b]) => a.usedMs - b.usedMs);
    if (longest !== undefined) this.#end(longest[0]);
  }

  #isOver({ account, beginMs, usedMs }: Session): boolean {
    const nowMs = this.#clock.monotonicMs();
    const isIdle = !account.isWatching && nowMs - usedMs >= this.#limits.idleMs;
    return account.hasEnded || isIdle || nowMs - beginMs >= this.#limits.lifeMs;
  }

  #sweep(): void {
    for (const [digest, session] of [...this.#sessions]) if (this.#isOver(session)) this.#end(digest);
  }

  #sweepLater(): void {
    this.#endSweep ??= this.#clock.after(60_000, () => {
      this.#endSweep = undefined;
      this.#sweep();
      if (this.#sessions.size > 0) this.#sweepLater();
    });
  }
}

function digestOf(id: string): string {
  return createHash("sha256").update(id).digest("base64");
}
