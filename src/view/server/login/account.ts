import type { PageViewer } from "../page-viewer.ts";

/** Somebody who has logged in, with what he may see. */
export interface Account extends PageViewer {
  readonly name: string;
  /** True while a page of his is open. */
  readonly isWatching: boolean;
  /** True once his token was found to be no longer good. */
  readonly hasEnded: boolean;
  /** Says whether his token is still good, from an answer that is not older than it may be. Throws when nobody says it. */
  isGood(signal: AbortSignal): Promise<boolean>;
  /** Ends all of his pages. */
  close(): void;
}

export interface Accounts {
  /** The account of a token; undefined for a token that is not good. Throws when nobody says whether it is. */
  open(token: string): Promise<Account | undefined>;
}
