import type { Socket } from "node:net";
import type { OvsdbClock } from "../time/clock.ts";
import { type CallLimits, settleInTime } from "../time/call-limits.ts";
import type { OvsdbError } from "../errors/ovsdb-error.ts";

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: OvsdbError) => void;
}

/** Makes writers wait, in order, while more bytes wait for the socket than are allowed. */
export class WriteGate {
  readonly #socket: Socket;
  readonly #clock: OvsdbClock;
  readonly #maxQueuedBytes: number;
  readonly #waiters = new Set<Waiter>();
  /** True when a writer was let in and has not written yet. */
  #occupied = false;

  constructor(socket: Socket, clock: OvsdbClock, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /**
   * Undefined when there is room now. Else the promise resolves when there is, and then the writer must call `leave`,
   * whether it has written or not. Rejects with `Aborted` or `DeadlineExceeded`.
   */
  waitForRoom(options: CallLimits): Promise<void> | undefined {
    if (this.#waiters.size === 0 && !this.#occupied && this.#hasRoom()) return undefined;
    let waiter: Waiter | undefined;
    return settleInTime<undefined>(
      this.#clock,
      options,
      "wait for the socket",
      (resolve, reject) => {
        waiter = {
          enter: () => {
            resolve(undefined);
          },
          refuse: reject,
        };
        this.#waiters.add(waiter);
      },
      (error) => {
        if (waiter !== undefined) this.#waiters.delete(waiter);
        return error;
      },
    );
  }

  leave(): void {
    this.#occupied = false;
    this.#admit();
  }

  /** Writes now, whether there is room or not. */
  write(text: string): void {
    this.#socket.write(text, () => {
      this.#admit();
    });
  }

  /** Rejects the promises of all writers that wait. */
  close(error: OvsdbError): void {
    for (const waiter of this.#waiters) waiter.refuse(error);
    this.#waiters.clear();
  }

  #hasRoom(): boolean {
    return this.#socket.writableLength < this.#maxQueuedBytes;
  }

  #admit(): void {
    if (this.#occupied || !this.#hasRoom()) return;
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      this.#occupied = true;
      waiter.enter();
      return;
    }
  }
}
