import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, hasCode, refusal } from "#src/core/errors.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";

type Switches = NbAllocator["index"];
type SwitchState = ReturnType<Switches["named"]>[number];

/** The place where a port gets its addresses: a network, and the pool of it that the port chose. */
export interface AddressRoom {
  readonly network: string;
  readonly pool?: string | undefined;
}

export interface ReservationCapOptions {
  readonly index: Switches;
  readonly reservations: NbAllocator["reservations"];
  readonly clock: Clock;
  /** 0 means that there is no cap. */
  readonly maxOpen: number;
}

/** When nothing was bound for so long, the controller probably does not run. */
const noBindingMs = 30_000;

/**
 * Limits how many open reservations there may be on a switch: half of the addresses that are left. At that limit a
 * namespace may go on up to its fair share, and have one in any case. So neither a client that repeats refused creates,
 * nor pods of several namespaces that post reviews by themselves, keep another namespace out. See
 * docs/design/release-rules.md#reservations-and-the-sweep.
 */
export class ReservationCap {
  readonly #options: ReservationCapOptions;
  /** Counts, for each network and namespace, the ports that were let in and are not in the index yet. */
  readonly #inFlight = new Map<string, Map<string, number>>();

  constructor(options: ReservationCapOptions) {
    this.#options = options;
  }

  /**
   * Waits until there is room on all networks, then runs `work` and counts its ports while it runs. Throws
   * `ReservationsFull` when the deadline comes first.
   */
  async within<T>(
    namespace: string,
    rooms: readonly AddressRoom[],
    options: CallOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#options.maxOpen === 0) return work();
    for (let full = this.#full(namespace, rooms); full !== undefined; full = this.#full(namespace, rooms)) {
      await this.#waitForEnd(full, namespace, options);
    }
    // No await may come between the check and this count: a request that comes at the same time must see it.
    for (const { network } of rooms) this.#enter(network, namespace);
    try {
      return await work();
    } finally {
      for (const { network } of rooms) this.#leave(network, namespace);
    }
  }

  async #waitForEnd(full: SwitchState, namespace: string, options: CallOptions): Promise<void> {
    try {
      await this.#options.reservations.next(options);
    } catch (error) {
      if (hasCode(error, "DeadlineExceeded")) throw this.#refuse(full, namespace, error);
      throw error;
    }
  }

  #full(namespace: string, rooms: readonly AddressRoom[]): SwitchState | undefined {
    for (const { network, pool } of rooms) {
      const full = this.#options.index.named(network).find((state) => this.#isFull(namespace, state, pool));
      if (full !== undefined) return full;
    }
    return undefined;
  }

  #isFull(namespace: string, state: SwitchState, pool: string | undefined): boolean {
    const open = this.#open(namespace, state);
    if (open >= this.#options.maxOpen) return true;
    // A network without subnets has no addresses that could run out.
    if (open === 0 || state.pools.length === 0) return false;
    const inFlight = this.#inFlight.get(state.network.name);
    const all = [...(inFlight?.values() ?? [])].reduce((sum, count) => sum + count, state.openCount);
    // Half of the addresses that are free or in open reservations, rounded up. Ports in flight still count as free.
    const limit = (state.freeCount(pool) + BigInt(state.openCount) + 1n) / 2n;
    if (BigInt(all) < limit) return false;
    const holders = new Set([...state.openNamespaces(), ...(inFlight?.keys() ?? [])]).size;
    // One share is left for a namespace that may come.
    return BigInt(open) >= limit / BigInt(holders + 1);
  }

  #open(namespace: string, state: SwitchState): number {
    return state.openReservations(namespace) + (this.#inFlight.get(state.network.name)?.get(namespace) ?? 0);
  }

  #enter(network: string, namespace: string): void {
    const counts = this.#inFlight.get(network) ?? new Map<string, number>();
    this.#inFlight.set(network, counts.set(namespace, (counts.get(namespace) ?? 0) + 1));
  }

  #leave(network: string, namespace: string): void {
    const counts = this.#inFlight.get(network);
    const left = (counts?.get(namespace) ?? 1) - 1;
    if (left > 0) counts?.set(namespace, left);
    else counts?.delete(namespace);
    if (counts?.size === 0) this.#inFlight.delete(network);
    // While the answer was made the ports were counted twice, in the index and here.
    this.#options.reservations.ended("counted");
  }

  #refuse(state: SwitchState, namespace: string, cause: AppError): AppError {
    const { clock, reservations } = this.#options;
    const idleMs = clock.monotonicMs() - reservations.lastBindMs;
    const hint =
      idleMs >= noBindingMs
        ? `; nothing was bound for ${Math.round(idleMs / 1000).toString()} s, so look at the controller`
        : "";
    return refusal(
      "ReservationsFull",
      {
        field: "network",
        value: state.network.name,
        reason: `has ${this.#open(namespace, state).toString()} open reservations of the namespace ${JSON.stringify(namespace)}, as many as it may have`,
        remedy: `try again when the pods that were admitted exist${hint}`,
      },
      cause,
    );
  }
}
