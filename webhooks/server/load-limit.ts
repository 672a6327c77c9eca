import type { Clock } from "#src/core/clock.ts";
import { FairShares } from "../peers/fair-shares.ts";
import type { Peer } from "../peers/peer-address.ts";

export interface LoadLimits {
  /** So many reviews may be served at once. Each may wait for an NB transaction. */
  readonly maxRequests: number;
  /** Reviews may take so many bytes at once, as text and parsed, so that many large ones cannot take all memory. */
  readonly maxBodyBytes: number;
}

export const defaultLoadLimits: LoadLimits = { maxRequests: 1_024, maxBodyBytes: 64 * 1024 * 1024 };

/** The bodies of API servers arrive within this time. One that takes longer gives way to newer ones of the same peer. */
const promptMs = 1_000;

/** The share that one request has of the load. */
export interface Admission {
  /** Counts bytes that are needed; false when they are over the limit. */
  readonly take: (bytes: number) => boolean;
  /** The body is being parsed. From now on the request gives way to no other. */
  readonly parsing: () => void;
  /** Gives everything back. It must be called once. */
  readonly leave: () => void;
}

interface Held {
  readonly peer: Peer;
  readonly begunMs: number;
  readonly end: () => void;
  bytes: number;
  isCounted: boolean;
}

export interface LoadParts {
  readonly limits: LoadLimits;
  readonly isKnown: (peer: Peer) => boolean;
  readonly clock: Clock;
}

/**
 * Counts what is being served, and tells when nothing is. When a limit is reached, requests that are not parsed yet
 * give way: those of the peer with the largest share, or those of the same peer that take long.
 */
export class Load {
  readonly #clock: Clock;
  readonly #requests: FairShares;
  readonly #bytes: FairShares;
  /** In the order in which they came. */
  readonly #unparsed = new Set<Held>();
  #serving = 0;
  #waiting: (() => void)[] = [];

  constructor({ limits, isKnown, clock }: LoadParts) {
    this.#clock = clock;
    this.#requests = new FairShares(limits.maxRequests, isKnown);
    this.#bytes = new FairShares(limits.maxBodyBytes, isKnown);
  }

  get requests(): number {
    return this.#serving;
  }

  /** Counts a request; undefined when the limit is reached. `end` is called when the request has to give way. */
  enter(peer: Peer, end: () => void): Admission | undefined {
    if (!this.#makeRoom(this.#requests, peer, 1)) return undefined;
    const held: Held = { peer, begunMs: this.#clock.monotonicMs(), end, bytes: 0, isCounted: true };
    this.#requests.change(peer, 1);
    this.#serving += 1;
    this.#unparsed.add(held);
    return {
      take: (bytes) => this.#makeRoom(this.#bytes, peer, bytes) && this.#hold(held, bytes),
      parsing: () => this.#unparsed.delete(held),
      leave: () => {
        this.#giveBack(held);
        this.#serving -= 1;
        if (this.#serving === 0) this.#tellIdle();
      },
    };
  }

  /** Calls `resolve` as soon as nothing is being served. */
  whenIdle(resolve: () => void): void {
    if (this.#serving === 0) resolve();
    else this.#waiting.push(resolve);
  }

  /** False for a request that had to give way, maybe to itself. */
  #hold(held: Held, bytes: number): boolean {
    if (!held.isCounted) return false;
    this.#bytes.change(held.peer, bytes);
    held.bytes += bytes;
    return true;
  }

  #makeRoom(shares: FairShares, peer: Peer, amount: number): boolean {
    while (!shares.fits(peer, amount)) {
      const victim = this.#victim(shares, peer, amount);
      if (victim === undefined) return false;
      this.#giveBack(victim);
      victim.end();
    }
    return true;
  }

  #victim(shares: FairShares, peer: Peer, amount: number): Held | undefined {
    const oldest = new Map<Peer, Held>();
    for (const held of this.#unparsed) if (!oldest.has(held.peer)) oldest.set(held.peer, held);
    const from = shares.heaviest((one) => oldest.has(one), shares.weight(peer) + amount);
    if (from !== undefined) return oldest.get(from);
    const own = oldest.get(peer);
    return own !== undefined && this.#clock.monotonicMs() - own.begunMs >= promptMs ? own : undefined;
  }

  #giveBack(held: Held): void {
    this.#unparsed.delete(held);
    if (!held.isCounted) return;
    held.isCounted = false;
    this.#requests.change(held.peer, -1);
    this.#bytes.change(held.peer, -held.bytes);
  }

  #tellIdle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
