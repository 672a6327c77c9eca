import { FairShares } from "../peers/fair-shares.ts";
import type { Peer } from "../peers/peer-address.ts";

/** A connection carries nothing yet, nothing between two requests, or requests. */
type Use = "new" | "idle" | "busy";

/** The order in which the connections of one peer give way. */
const uses: readonly Use[] = ["new", "idle", "busy"];

export interface CountedConnection {
  readonly peer: Peer;
  /** Ends the connection, which had to give way. */
  readonly end: () => void;
}

/**
 * Counts connections. When there is one too many, one gives way: that of the peer with most, first one that never sent a
 * request, and of these the oldest.
 */
export class ConnectionLimit {
  readonly #shares: FairShares;
  readonly #open = new Map<Peer, Record<Use, Set<CountedConnection>>>();

  constructor(limit: number, isKnown: (peer: Peer) => boolean) {
    this.#shares = new FairShares(limit, isKnown);
  }

  get count(): number {
    return this.#shares.total;
  }

  /** The share by which the peer is compared with others. */
  shareOf(peer: Peer): number {
    return this.#shares.weight(peer);
  }

  /** Counts a new connection. True when another one, or this one, was ended for it. */
  entered(connection: CountedConnection): boolean {
    const { peer } = connection;
    const fits = this.#shares.fits(peer, 1);
    const sets = this.#open.get(peer) ?? { new: new Set(), idle: new Set(), busy: new Set() };
    this.#open.set(peer, sets);
    sets.new.add(connection);
    this.#shares.change(peer, 1);
    if (fits) return false;
    const victim = this.#victim(connection);
    this.left(victim);
    victim.end();
    return true;
  }

  used(connection: CountedConnection, use: "idle" | "busy"): void {
    const sets = this.#open.get(connection.peer);
    if (sets !== undefined && takeOut(sets, connection)) sets[use].add(connection);
  }

  left(connection: CountedConnection): void {
    const { peer } = connection;
    const sets = this.#open.get(peer);
    if (sets === undefined || !takeOut(sets, connection)) return;
    this.#shares.change(peer, -1);
    if (uses.every((use) => sets[use].size === 0)) this.#open.delete(peer);
  }

  #victim(newcomer: CountedConnection): CountedConnection {
    const least = this.#shares.weight(newcomer.peer);
    const hasNew = (peer: Peer): boolean => (this.#open.get(peer)?.new.size ?? 0) > 0;
    const from = this.#shares.heaviest(hasNew, least) ?? this.#shares.heaviest(() => true, least) ?? newcomer.peer;
    const sets = this.#open.get(from);
    for (const use of uses) {
      for (const connection of sets?.[use] ?? []) if (connection !== newcomer) return connection;
    }
    return newcomer;
  }
}

function takeOut(sets: Record<Use, Set<CountedConnection>>, connection: CountedConnection): boolean {
  return uses.some((use) => sets[use].delete(connection));
}
