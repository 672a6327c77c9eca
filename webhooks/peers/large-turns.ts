import type { Clock } from "#src/core/clock.ts";
import { FairQueue } from "./fair-queue.ts";
import type { Peer } from "./peer-address.ts";

/** A peer that takes longer over a large body loses its turn when others wait. */
const promptMs = 1_000;
/** After a large review of a stranger, the next one waits for so many times the time that it took to parse it. */
const restFactor = 4;

export interface LargeTurnsOptions {
  readonly isKnown: (peer: Peer) => boolean;
  readonly clock: Clock;
}

/** The turn of one large body. */
export interface LargeTurn {
  /** Calls `begin` when it is the turn of this body. It may be called once. */
  readonly wait: (begin: () => void) => void;
  /** Ends the turn, or the waiting for it. `workMs` is how long the one thread was busy with it. */
  readonly end: (workMs: number) => void;
}

interface Waiting {
  readonly begin: () => void;
  readonly cut: () => void;
  isOver: boolean;
}

/** Known peers have a lane of their own. In each lane one body is received at a time. */
interface Lane {
  readonly queue: FairQueue<Waiting>;
  readonly restFactor: number;
  current: Waiting | undefined;
  isResting: boolean;
}

/**
 * Lets large bodies be received and parsed one at a time, in turns of the peers. Others wait in their sockets, where they cost
 * neither memory nor time.
 */
export class LargeTurns {
  readonly #options: LargeTurnsOptions;
  readonly #known = newLane(0);
  readonly #strangers = newLane(restFactor);

  constructor(options: LargeTurnsOptions) {
    this.#options = options;
  }

  /** `cut` is called when the turn is taken away. */
  of(peer: Peer, cut: () => void): LargeTurn {
    let own: Waiting | undefined;
    let lane = this.#strangers;
    return {
      wait: (begin) => {
        own = { begin, cut, isOver: false };
        lane = this.#options.isKnown(peer) ? this.#known : this.#strangers;
        lane.queue.push(peer, own);
        this.#next(lane);
      },
      end: (workMs) => {
        if (own === undefined || own.isOver) return;
        own.isOver = true;
        if (lane.current === own) this.#rest(lane, workMs);
      },
    };
  }

  #rest(lane: Lane, workMs: number): void {
    lane.current = undefined;
    lane.isResting = true;
    this.#options.clock.after(workMs * lane.restFactor, () => {
      lane.isResting = false;
      this.#next(lane);
    });
  }

  #next(lane: Lane): void {
    if (lane.isResting) return;
    while (lane.current === undefined && !lane.queue.isEmpty) {
      const next = lane.queue.shift();
      if (next === undefined || next.isOver) continue;
      lane.current = next;
      this.#watch(lane, next);
      next.begin();
    }
  }

  #watch(lane: Lane, current: Waiting): void {
    this.#options.clock.after(promptMs, () => {
      if (lane.current !== current) return;
      if (lane.queue.isEmpty) this.#watch(lane, current);
      else current.cut();
    });
  }
}

function newLane(factor: number): Lane {
  return { queue: new FairQueue(), restFactor: factor, current: undefined, isResting: false };
}
