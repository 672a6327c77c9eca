import type { Peer } from "./peer-address.ts";

/** So many turns are counted in full. Older ones count half, and then less and less. */
const countedTurns = 1_024;

export interface FairQueueOptions {
  /** The item of one peer that comes first; the oldest by default. */
  readonly first?: "oldest" | "newest";
  /** The share of a peer in something else, by which the peers are compared instead of their turns. */
  readonly shareOf?: (peer: Peer) => number;
}

/**
 * A queue in which the turn is always that of the peer that had fewest turns since there was last nothing to wait for, however
 * much each peer waits with. So a peer that comes seldom does not wait for a turn of each of the others.
 */
export class FairQueue<T> {
  readonly #first: "oldest" | "newest";
  readonly #shareOf: (peer: Peer) => number;
  readonly #waiting = new Map<Peer, T[]>();
  readonly #turns = new Map<Peer, number>();
  #sinceHalved = 0;

  constructor({ first = "oldest", shareOf }: FairQueueOptions = {}) {
    this.#first = first;
    this.#shareOf = shareOf ?? ((peer) => this.#turns.get(peer) ?? 0);
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  push(peer: Peer, item: T): void {
    const items = this.#waiting.get(peer);
    if (items === undefined) this.#waiting.set(peer, [item]);
    else items.push(item);
  }

  shift(): T | undefined {
    const peer = this.#next();
    if (peer === undefined) return undefined;
    const items = this.#waiting.get(peer) ?? [];
    const item = this.#first === "oldest" ? items.shift() : items.pop();
    if (items.length === 0) this.#waiting.delete(peer);
    if (this.isEmpty) this.#turns.clear();
    else this.#count(peer);
    return item;
  }

  /** Takes an item out that needs no turn any more; does nothing when it is not there. */
  delete(peer: Peer, item: T): void {
    const items = this.#waiting.get(peer);
    const at = items?.indexOf(item) ?? -1;
    if (items === undefined || at < 0) return;
    items.splice(at, 1);
    if (items.length === 0) this.#waiting.delete(peer);
    if (this.isEmpty) this.#turns.clear();
  }

  #next(): Peer | undefined {
    let next: Peer | undefined;
    let least = Infinity;
    for (const peer of this.#waiting.keys()) {
      const share = this.#shareOf(peer);
      if (share > least) continue;
      next = peer;
      least = share;
    }
    return next;
  }

  #count(peer: Peer): void {
    this.#turns.set(peer, (this.#turns.get(peer) ?? 0) + 1);
    this.#sinceHalved += 1;
    if (this.#sinceHalved < countedTurns) return;
    this.#sinceHalved = 0;
    for (const [one, turns] of this.#turns) {
      const half = Math.floor(turns / 2);
      if (half === 0) this.#turns.delete(one);
      else this.#turns.set(one, half);
    }
  }
}
