import { FairQueue, type FairQueueOptions } from "./fair-queue.ts";
import type { Peer } from "./peer-address.ts";

/** Work of known peers, and of others, may take so long in one turn. The rest waits for the next turn. */
const sliceMs = 2;

/** Calls back when the next turn comes. */
type Defer = (turn: () => void) => void;

export interface WorkTurnsOptions extends FairQueueOptions {
  readonly isKnown: (peer: Peer) => boolean;
  /** The default is `setImmediate`, so that each turn of the event loop is one. */
  readonly defer?: Defer;
  /** The same for peers that are not known. With longer turns less of the time is for them. */
  readonly deferStrangers?: Defer;
}

interface Work {
  readonly costMs: number;
  readonly begin: () => void;
}

/**
 * Divides the time of the one thread among peers, so that nobody's burst makes everybody wait for all of it. Without a burst
 * work begins at once.
 */
export class WorkTurns {
  readonly #isKnown: (peer: Peer) => boolean;
  readonly #known: Lane;
  readonly #strangers: Lane;

  constructor({ isKnown, defer = setImmediate, deferStrangers = defer, ...order }: WorkTurnsOptions) {
    this.#isKnown = isKnown;
    this.#known = new Lane(order, defer);
    this.#strangers = new Lane(order, deferStrangers);
  }

  /**
   * Calls `begin` when it is the peer's turn for work that takes about `costMs`: at once, when nothing waits. The function that it
   * returns takes the work out of the queue, when it has not begun yet.
   */
  run(peer: Peer, costMs: number, begin: () => void): () => void {
    const lane = this.#isKnown(peer) ? this.#known : this.#strangers;
    const work = { costMs, begin };
    lane.run(peer, work);
    return () => {
      lane.withdraw(peer, work);
    };
  }

  /** Resolves when it is the peer's turn. */
  next(peer: Peer, costMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.run(peer, costMs, resolve);
    });
  }
}

class Lane {
  readonly #queue: FairQueue<Work>;
  readonly #defer: Defer;
  #spentMs = 0;
  #isComing = false;

  constructor(order: FairQueueOptions, defer: Defer) {
    this.#queue = new FairQueue(order);
    this.#defer = defer;
  }

  run(peer: Peer, work: Work): void {
    this.#queue.push(peer, work);
    this.#spend();
  }

  withdraw(peer: Peer, work: Work): void {
    this.#queue.delete(peer, work);
  }

  #spend(): void {
    while (this.#spentMs < sliceMs) {
      const work = this.#queue.shift();
      if (work === undefined) break;
      this.#spentMs += work.costMs;
      work.begin();
    }
    if (this.#isComing || this.#spentMs === 0) return;
    this.#isComing = true;
    this.#defer(() => {
      this.#isComing = false;
      this.#spentMs = 0;
      this.#spend();
    });
  }
}
