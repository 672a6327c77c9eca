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
  /** 0 = no cap. */
  readonly maxOpen: number;
}

/** Without a binding for so long the controller is probably not there. */
const noBindingMs = 30_000;

/**
 * Bounds how many reservations a namespace may hold open on a switch: a controller that retries refused creates, or a
 * pod that posts reviews by itself, can take at most half of what is left. See
 * docs/design/release-rules.md#reservations-and-the-sweep.
 */
export class ReservationCap {
  readonly #options: ReservationCapOptions;
  /** Let in and not yet in the index. */
  readonly #inFlight = new Map<string, number>();

  constructor(options: ReservationCapOptions) {
    this.#options = options;
  }

  /**
   * Waits until there is room on all networks, runs `work` and counts its ports meanwhile. Throws `ReservationsFull`
   * when the deadline comes first.
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
    // Counted in the same turn as it was found that there is room: others who come at once must see it.
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
   * Half of what is free or held open, rounded up, so that the last address can be had. What is in flight is still among
   * the free. An empty pool is not full of reservations but exhausted, which the planner says.
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
    // While an answer was made it was counted twice.
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
