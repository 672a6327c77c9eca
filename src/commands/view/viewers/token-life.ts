import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";

export interface TokenLifeOptions {
  /** Asks the API server whether the token is still good. */
  readonly isKnown: (call: CallOptions) => Promise<boolean>;
  /** Time for which an answer counts. */
  readonly ageMs: number;
  /** Time in which the API server answers. */
  readonly timeoutMs: number;
  /** Called once when the token is no longer good. */
  readonly ended: () => void;
  readonly clock: Clock;
}

/** An answer is asked for anew when this part of its time is over, so that it does not become too old meanwhile. */
const renewShare = 1 / 3;

/** Knows whether a token is good, from an answer that is never older than it may be. It was good when this was made. */
export class TokenLife {
  readonly #options: TokenLifeOptions;
  #goodAtMs: number;
  #hasEnded = false;
  /** The question that is open, which all who ask meanwhile share. */
  #asked: Promise<boolean> | undefined;

  constructor(options: TokenLifeOptions) {
    this.#options = options;
    this.#goodAtMs = options.clock.monotonicMs();
  }

  /** The time at which the last answer becomes too old. */
  get goodUntilMs(): number {
    return this.#goodAtMs + this.#options.ageMs;
  }

  /** The time in which somebody who goes on looking asks again. */
  get askAgainInMs(): number {
    const { clock, ageMs } = this.#options;
    return Math.max(0, Math.min(ageMs * renewShare, this.goodUntilMs - clock.monotonicMs()));
  }

  /** Throws a PageFaultError `NoAnswer` once the last answer is too old and no other comes, and by `call` `Aborted` and `DeadlineExceeded`. */
  async isGood(call: CallOptions): Promise<boolean> {
    const { clock, ageMs } = this.#options;
    if (this.#hasEnded || clock.monotonicMs() - this.#goodAtMs < ageMs * renewShare) return !this.#hasEnded;
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    const asked = this.#asked;
    // A fault is told to each who waits, and it may be that nobody does any more.
    asked.catch(() => undefined);
    return settleWithin(clock, call, "review of a token", (resolve, reject) => {
      asked.then(resolve, reject);
    });
  }

  async #ask(): Promise<boolean> {
    const { clock, timeoutMs, isKnown, ended } = this.#options;
    const beginMs = clock.monotonicMs();
    try {
      if (await isKnown({ deadlineMs: beginMs + timeoutMs })) {
        this.#goodAtMs = beginMs;
        return true;
      }
    } catch {
      // The error says nothing that a viewer could mend, and nothing of a token may get into a log.
      if (clock.monotonicMs() >= this.goodUntilMs) throw new PageFaultError("NoAnswer");
      return true;
    }
    this.#hasEnded = true;
    ended();
    return false;
  }
}
