import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, hasCode, refusal } from "#src/core/errors.ts";
import { ReservationCounts } from "#src/ipam/index/reservation-counts.ts";
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

/** A place that is full, on one of the switches of its network's name. */
interface FullRoom {
  readonly state: SwitchState;
  readonly pool: string | undefined;
}

/** When nothing was bound for so long, the controller probably does not run. */
const noBindingMs = 30_000;

/**
 * Limits how many open reservations there may be in a pool of a network, and beside its pools: half of the addresses that are left there. At that limit a
 * namespace may go on up to its fair share, and have one in any case. So neither a client that repeats refused creates,
 * nor pods of several namespaces that post reviews by themselves, keep another namespace out. See
 * docs/design/release-rules.md#reservations-and-the-sweep.
 */
export class ReservationCap {
  readonly #options: ReservationCapOptions;
  /** Counts, for each network, the ports that were let in and are not in the index yet. */
  readonly #inFlight = new Map<string, ReservationCounts>();

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
    for (const room of rooms) this.#count(room, namespace, 1);
    try {
      return await work();
    } finally {
      for (const room of rooms) this.#count(room, namespace, -1);
      // While the answer was made the ports were counted twice, in the index and here.
      this.#options.reservations.ended("counted");
    }
  }

  async #waitForEnd(full: FullRoom, namespace: string, options: CallOptions): Promise<void> {
    try {
      await this.#options.reservations.next(options);
    } catch (error) {
      if (hasCode(error, "DeadlineExceeded")) throw this.#refuse(full, namespace, error);
      throw error;
    }
  }

  #full(namespace: string, rooms: readonly AddressRoom[]): FullRoom | undefined {
    for (const { network, pool } of rooms) {
      const state = this.#options.index.named(network).find((one) => this.#isFull(namespace, { state: one, pool }));
      if (state !== undefined) return { state, pool };
    }
    return undefined;
  }

  #isFull(namespace: string, { state, pool }: FullRoom): boolean {
    if (this.#openOnSwitch(namespace, state) >= this.#options.maxOpen) return true;
    const inFlight = this.#inFlight.get(state.network.name);
    const { reservations } = state;
    const open = this.#openInRoom(namespace, { state, pool });
    // A network without subnets has no addresses that could run out.
    if (open === 0 || state.pools.length === 0) return false;
    const counted = reservations.in(pool);
    // Half of the addresses that are free or in open reservations, rounded up. Ports in flight still count as free.
    const limit = (state.freeCount(pool) + BigInt(counted) + 1n) / 2n;
    if (BigInt(counted + (inFlight?.in(pool) ?? 0)) < limit) return false;
    const holders = new Set([...reservations.namespacesIn(pool), ...(inFlight?.namespacesIn(pool) ?? [])]).size;
    // One share is left for a namespace that may come.
    return BigInt(open) >= limit / BigInt(holders + 1);
  }

  #openOnSwitch(namespace: string, { network, reservations }: SwitchState): number {
    return reservations.onSwitchOf(namespace) + (this.#inFlight.get(network.name)?.onSwitchOf(namespace) ?? 0);
  }

  #openInRoom(namespace: string, { state: { network, reservations }, pool }: FullRoom): number {
    return reservations.of(namespace, pool) + (this.#inFlight.get(network.name)?.of(namespace, pool) ?? 0);
  }

  #count({ network, pool }: AddressRoom, namespace: string, by: 1 | -1): void {
    const counts = this.#inFlight.get(network) ?? new ReservationCounts();
    counts.count(pool, namespace, by);
    if (counts.isEmpty) this.#inFlight.delete(network);
    else this.#inFlight.set(network, counts);
  }

  #refuse({ state, pool }: FullRoom, namespace: string, cause: AppError): AppError {
    const { clock, reservations } = this.#options;
    const onSwitch = this.#openOnSwitch(namespace, state);
    const isInNumber = onSwitch < this.#options.maxOpen;
    const open = isInNumber ? this.#openInRoom(namespace, { state, pool }) : onSwitch;
    const where = isInNumber && pool !== undefined ? ` in the pool ${JSON.stringify(pool)}` : "";
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
        reason: `has${where} ${open.toString()} open reservations of the namespace ${JSON.stringify(namespace)}, as many as it may have`,
        remedy: `try again when the pods that were admitted exist${hint}`,
      },
      cause,
    );
  }
}
