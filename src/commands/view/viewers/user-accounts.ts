import type { CallOptions } from "#src/core/deadline.ts";
import type { Account, Accounts } from "#src/view/server/login/account.ts";
import { WarningReads } from "./warning-reads.ts";
import { type KnownUser, reviewToken } from "./token-review.ts";
import { type AccountParts, UserAccount } from "./user-account.ts";

/** Makes accounts of tokens, and tells them of changes. */
export class UserAccounts implements Accounts {
  readonly #parts: Omit<AccountParts, "watching">;
  #accounts: readonly UserAccount[] = [];

  constructor(parts: Omit<AccountParts, "watching" | "reads">) {
    const { client, context } = parts;
    const { clock, config } = context;
    this.#parts = { ...parts, reads: new WarningReads({ client, clock, timeoutMs: config.timeoutMs }) };
  }

  async open(token: string): Promise<Account | undefined> {
    const { client, context } = this.#parts;
    const { config, clock } = context;
    const review = (call: CallOptions) => reviewToken(client, token, config.pageAudience, call);
    const user = await review({ deadlineMs: clock.monotonicMs() + config.timeoutMs });
    if (user === undefined) return undefined;
    const isKnown = async (call: CallOptions): Promise<boolean> => isSame(user, await review(call));
    const account = new UserAccount(user, isKnown, { ...this.#parts, watching: () => this.#watching() });
    this.#accounts = [...this.#accounts.filter(({ hasEnded }) => !hasEnded), account];
    return account;
  }

  /** Says that an object changed. */
  touch(): void {
    for (const account of this.#accounts) if (!account.hasEnded) account.touch();
  }

  #watching(): readonly UserAccount[] {
    return this.#accounts.filter(({ pages }) => pages > 0);
  }
}

/** A user whose groups changed is another one: his rights were asked for with the groups of before. */
function isSame(before: KnownUser, now: KnownUser | undefined): boolean {
  return JSON.stringify(before) === JSON.stringify(now);
}
