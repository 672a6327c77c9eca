import type { Peer } from "./peer-address.ts";

/** A queue in which the peers have their turns one after the other, however much each of them waits with. */
export class FairQueue<T> {
  readonly #waiting = new Map<Peer, T[]>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  push(peer: Peer, item: T): void {
    const items = this.#waiting.get(peer);
    if (items === undefined) this.#waiting.set(peer, [item]);
    else items.push(item);
  }

  shift(): T | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [peer, items] = first;
    const item = items.shift();
    // The peer goes behind the others with what it still waits with.
    this.#waiting.delete(peer);
    if (items.length > 0) this.#waiting.set(peer, items);
    return item;
  }
}
