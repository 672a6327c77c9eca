import type { Account } from "#src/view/server/login/account.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";

const nothing = () => Promise.reject(new PageFaultError("NotFound"));

/** Stands in for somebody who has logged in, without a cluster behind. */
export class FakeAccount implements Account {
  readonly name: string;
  readonly live = { isFull: true, open: () => undefined };
  readonly answers = { network: nothing, pod: nothing, trace: nothing, activity: nothing };
  isWatching = false;
  hasEnded = false;
  /** The answer to the next question about the token; an error is thrown. */
  answer: boolean | Error = true;

  constructor(name: string) {
    this.name = name;
  }

  isGood(): Promise<boolean> {
    return this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve(this.answer);
  }

  close(): void {
    this.hasEnded = true;
  }
}
