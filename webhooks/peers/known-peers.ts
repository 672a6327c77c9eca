import type { Clock } from "#src/core/clock.ts";
import type { Peer } from "./peer-address.ts";

/** A peer stays known for so long after it was last seen to be an API server. */
const knownMs = 3_600_000;
const maxKnown = 64;
/** A pod is stored and bound within seconds. Strangers can push out what is older. */
const maxUnbound = 4_096;

/**
 * Remembers the peers that are API servers, for which a part of each limit is kept. It is one when a pod was stored with the
 * addresses of a review that it had sent, or when it has shown an allowed client certificate.
 */
export class KnownPeers {
  readonly #clock: Clock;
  readonly #onKnown: (peer: Peer) => void;
  readonly #until = new Map<Peer, number>();
  readonly #unbound = new Map<string, Peer>();

  /** `onKnown` is called with each peer that becomes known, and not again while it stays known. */
  constructor(clock: Clock, onKnown: (peer: Peer) => void = () => {}) {
    this.#clock = clock;
    this.#onKnown = onKnown;
  }

  readonly isKnown = (peer: Peer): boolean => (this.#until.get(peer) ?? 0) > this.#clock.monotonicMs();

  /** The peer was answered with this allocation, which is new: no pod holds it yet, and nobody else knows of it. */
  answered(peer: Peer, allocation: string): void {
    this.#unbound.set(allocation, peer);
    dropOldest(this.#unbound, maxUnbound);
  }

  /** A stored pod holds this allocation now. */
  bound(allocation: string): void {
    const peer = this.#unbound.get(allocation);
    if (peer === undefined) return;
    this.#unbound.delete(allocation);
    this.identified(peer);
  }

  /** The peer has shown an allowed client certificate. */
  identified(peer: Peer): void {
    if (!this.isKnown(peer)) this.#onKnown(peer);
    this.#until.delete(peer);
    this.#until.set(peer, this.#clock.monotonicMs() + knownMs);
    dropOldest(this.#until, maxKnown);
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.size > max ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
