import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, hasCode, refusal } from "#src/core/errors.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";

type Switches = NbAllocator["index"];
type SwitchState = ReturnType<Switches["named"]>[number];

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
 * Limits how many open reservations a namespace may have on a switch. A client that repeats refused creates, or a pod that
 * posts reviews itself, can take at most half of the addresses that are left. See
 * docs/design/release-rules.md#reservations-and-the-sweep.
 */
export class ReservationCap {
  readonly #options: ReservationCapOptions;
  /** Counts, for each namespace and network, the ports that were let in and are not in the index yet. */
  readonly #inFlight = new Map<string, number>();

  constructor(options: ReservationCapOptions) {
    this.#options = options;
  }

  /**
   * Waits until there is room on all networks, then runs `work` and counts its ports while it runs. Throws
   * `ReservationsFull` when the deadline comes first.
   */
  async within<T>(
    namespace: string,
    networks: readonly string[],
    options: CallOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#options.maxOpen === 0) return work();
    const distinct = new Set(networks);
    for (let full = this.#full(namespace, distinct); full !== undefined; full = this.#full(namespace, distinct)) {
      await this.#waitForEnd(full, namespace, options);
    }
    // No await may come between the check and this count: a request that comes at the same time must see it.
    const keys = networks.map((network) => `${namespace}/${network}`);
    for (const key of keys) this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const key of keys) this.#leave(key);
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

  #full(namespace: string, networks: ReadonlySet<string>): SwitchState | undefined {
    const states = [...networks].flatMap((network) => this.#options.index.named(network));
    return states.find((state) => this.#open(namespace, state) >= this.#cap(namespace, state));
  }

  #open(namespace: string, state: SwitchState): number {
    return state.openReservations(namespace) + (this.#inFlight.get(`${namespace}/${state.network.name}`) ?? 0);
  }

  /**
   * The cap is half of the addresses that are free or in open reservations, rounded up, so that the last address can be
   * had. Ports in flight still count as free. It is at least one: an empty pool is exhausted, which the planner says.
   */
  #cap(namespace: string, state: SwitchState): number {
    const open = BigInt(state.openReservations(namespace));
    const share = (state.freeCount() + open + 1n) / 2n;
    const least = share > 0n ? share : 1n;
    return least > BigInt(this.#options.maxOpen) ? this.#options.maxOpen : Number(least);
  }

  #leave(key: string): void {
    const left = (this.#inFlight.get(key) ?? 1) - 1;
    if (left === 0) this.#inFlight.delete(key);
    else this.#inFlight.set(key, left);
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
