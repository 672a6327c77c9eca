import type { Peer } from "./peer-address.ts";

/** A quarter of each limit is kept for known peers, which are the API servers. */
const reservePart = 0.25;

/**
 * Counts what each peer has of one limit. While there is enough, everybody gets what it asks for. When there is not, the
 * peer with the largest share has to give way to those with smaller ones. A known peer's share up to the reserve does not
 * count.
 */
export class FairShares {
  readonly #limit: number;
  readonly #reserve: number;
  readonly #isKnown: (peer: Peer) => boolean;
  readonly #shares = new Map<Peer, number>();
  #total = 0;

  constructor(limit: number, isKnown: (peer: Peer) => boolean) {
    this.#limit = limit;
    this.#reserve = Math.floor(limit * reservePart);
    this.#isKnown = isKnown;
  }

  get total(): number {
    return this.#total;
  }

  /** True when the peer can have so much more, without anybody giving way. */
  fits(peer: Peer, amount: number): boolean {
    if (this.#total + amount > this.#limit) return false;
    return this.#isKnown(peer) || this.#ofStrangers() + amount <= this.#limit - this.#reserve;
  }

  /** Adds to the peer's share, or takes from it when `amount` is negative. */
  change(peer: Peer, amount: number): void {
    this.#total += amount;
    const share = (this.#shares.get(peer) ?? 0) + amount;
    if (share === 0) this.#shares.delete(peer);
    else this.#shares.set(peer, share);
  }

  /** The share by which peers are compared. */
  weight(peer: Peer): number {
    const share = this.#shares.get(peer) ?? 0;
    return this.#isKnown(peer) ? Math.max(0, share - this.#reserve) : share;
  }

  /** The peer with the largest share among those that `may` give way, when it has more than `above`. */
  heaviest(may: (peer: Peer) => boolean, above: number): Peer | undefined {
    let found: Peer | undefined;
    let most = above;
    for (const peer of this.#shares.keys()) {
      const weight = this.weight(peer);
      if (weight <= most || !may(peer)) continue;
      found = peer;
      most = weight;
    }
    return found;
  }

  #ofStrangers(): number {
    let sum = 0;
    for (const [peer, share] of this.#shares) if (!this.#isKnown(peer)) sum += share;
    return sum;
  }
}
