import type { AddressKey } from "./address-key.ts";

/**
 * Addresses that were released a short while ago. Automatic choice passes them over while it can, so that a stale
 * neighbour entry elsewhere does not meet a new pod. A courtesy, in memory only.
 */
export class Cooldown {
  readonly #cooldownMs: number;
  /** In order of release, so the oldest come first. */
  readonly #untilMs = new Map<AddressKey, number>();

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs;
  }

  add(key: AddressKey, nowMs: number): void {
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + this.#cooldownMs);
    this.#forgetRested(nowMs);
  }

  has(key: AddressKey, nowMs: number): boolean {
    const until = this.#untilMs.get(key);
    return until !== undefined && until > nowMs;
  }

  #forgetRested(nowMs: number): void {
    for (const [key, until] of this.#untilMs) {
      if (until > nowMs) return;
      this.#untilMs.delete(key);
    }
  }
}
