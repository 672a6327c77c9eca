import type { Clock } from "#src/core/clock.ts";

interface Failures {
  count: number;
  sinceMs: number;
}

const windowMs = 60_000;
/** The failures of one address, and of all addresses, in a minute. Behind one proxy all have one address. */
const mostOfAddress = 20;
const mostOfAll = 200;
const mostAddresses = 1_000;

/** Counts logins that failed. Whoever fails often is refused unheard for a minute, whatever the next token is. */
export class LoginLimit {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Failures>();
  #all: Failures = { count: 0, sinceMs: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isReached(address: string): boolean {
    return this.#fresh(this.#all).count >= mostOfAll || this.#of(address).count >= mostOfAddress;
  }

  failed(address: string): void {
    this.#all = { ...this.#fresh(this.#all) };
    this.#all.count += 1;
    const own = this.#of(address);
    own.count += 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, own);
    // The map keeps its entries in their order, so that the first one has not failed for the longest time.
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > mostAddresses && oldest !== undefined) this.#byAddress.delete(oldest);
  }

  #of(address: string): Failures {
    return this.#fresh(this.#byAddress.get(address) ?? { count: 0, sinceMs: this.#clock.monotonicMs() });
  }

  #fresh(failures: Failures): Failures {
    const nowMs = this.#clock.monotonicMs();
    return nowMs - failures.sinceMs < windowMs ? failures : { count: 0, sinceMs: nowMs };
  }
}
