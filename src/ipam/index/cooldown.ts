import type { AddressKey } from "./address-key.ts";

/**
 * Addresses that were released a short while ago. Automatic choice leaves them alone while there are others, so that
 * a stale neighbour entry on some machine does not lead to a new pod. This is a courtesy, and is kept in memory only.
 */
export class Cooldown {
  readonly #cooldownMs: number;
  /** In the order of release, so that the oldest come first. */
  readonly #untilMs = new Map<AddressKey, number>();

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs;
  }

  add(key: AddressKey, nowMs: number): void {
    this.#untilMs.delete(key);
    if (this.#cooldownMs > 0) this.#untilMs.set(key, nowMs + this.#cooldownMs);
  }

  has(key: AddressKey, nowMs: number): boolean {
    const until = this.#untilMs.get(key);
    return until !== undefined && until > nowMs;
  }

  keys(): IterableIterator<AddressKey> {
    return this.#untilMs.keys();
  }

  /** Takes out the addresses whose cooldown has ended, one at a time as they are asked for. */
  *takeEnded(nowMs: number): Iterable<AddressKey> {
    for (const [key, until] of this.#untilMs) {
      if (until > nowMs) return;
      this.#untilMs.delete(key);
      yield key;
    }
  }
}
