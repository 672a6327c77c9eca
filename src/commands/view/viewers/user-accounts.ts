import type { CallOptions } from "#src/core/deadline.ts";
import type { Account, Accounts } from "#src/view/server/login/account.ts";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";
import { WarningReads } from "./warning-reads.ts";
import { type KnownUser, reviewToken } from "./token-review.ts";
import { type AccountParts, UserAccount } from "./user-account.ts";

/** Makes accounts of tokens, and tells them of changes. */
export class UserAccounts implements Accounts {
  readonly #parts: Omit<AccountParts, "watching">;
  /** The questions about namespaces, of all accounts. */
  readonly #pace = new TokenBucket({ ratePerSecond: 100, burst: 200 });
  #accounts: readonly UserAccount[] = [];
  #lost: string | undefined;

  constructor(parts: Omit<AccountParts, "watching" | "reads" | "paceMs">) {
    const { client, context } = parts;
    const { clock, config } = context;
    const reads = new WarningReads({ client, clock, timeoutMs: config.timeoutMs });
    this.#parts = { ...parts, reads, paceMs: (nowMs) => this.#pace.takeMs(nowMs) };
  }

  async open(token: string): Promise<Account | undefined> {
    const { client, context } = this.#parts;
    const { config, clock } = context;
    const review = (call: CallOptions) => reviewToken(client, token, config.pageAudience, call);
    const user = await review({ deadlineMs: clock.monotonicMs() + config.timeoutMs });
    if (user === undefined) return undefined;
    const isKnown = async (call: CallOptions): Promise<boolean> => isSame(user, await review(call));
    const account = new UserAccount(user, isKnown, { ...this.#parts, watching: () => this.#watching() });
    account.follows(this.#lost);
    this.#accounts = [...this.#accounts.filter(({ hasEnded }) => !hasEnded), account];
    return account;
  }

  /** The pages that are open, or being opened. */
  get pages(): number {
    return this.#watching().reduce((sum, { pages }) => sum + pages, 0);
  }

  /** Says that an object changed. */
  touch(): void {
    for (const account of this.#accounts) if (!account.hasEnded) account.touch();
  }

  /** Says to all whether the cluster is followed: undefined, or the reason why not. */
  follows(lost: string | undefined): void {
    this.#lost = lost;
    for (const account of this.#accounts) account.follows(lost);
  }

  #watching(): readonly UserAccount[] {
    return this.#accounts.filter(({ pages }) => pages > 0);
  }
}

/** A user whose groups changed is another one: his rights were asked for with the groups of before. */
function isSame(before: KnownUser, now: KnownUser | undefined): boolean {
  return JSON.stringify(before) === JSON.stringify(now);
}
