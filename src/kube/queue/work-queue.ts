// A queue of keys to reconcile, without duplicates and with back-off for retries.
import type { Clock } from "#src/core/clock.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { RetryLimiter } from "./retry-limiter.ts";

export interface WorkQueueOptions {
  /** The name in metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly limiter?: RetryLimiter;
}

interface Delayed {
  readonly readyAtMs: number;
  readonly cancel: () => void;
}

/**
 * A queue like that of client-go's util/workqueue. A key is in it once, however often it is added. While a worker has the key,
 * no other worker gets it; when it is added in this time, it comes again after `done`. The oldest key comes first, and keys of
 * `addWhenIdle` come after all others.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #limiter: RetryLimiter;
  /** Keys that need work, and whether they go before those of `addWhenIdle`. */
  readonly #dirty = new Map<string, boolean>();
  /** Keys that a worker has. */
  readonly #processing = new Set<string>();
  /** Keys that are dirty and not processing. */
  readonly #ready = new KeyLine();
  /** The same for keys that wait until no other one is ready. */
  readonly #later = new KeyLine();
  readonly #delayed = new Map<string, Delayed>();
  readonly #waiters = new Set<(key: string | undefined) => void>();
  #idle: PromiseWithResolvers<undefined> | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#limiter = options.limiter ?? new RetryLimiter();
  }

  add(key: string): void {
    this.#add(key, true);
  }

  /** Adds a key that is not known to have changed. It comes after all keys that were or will be added by `add`. */
  addWhenIdle(key: string): void {
    this.#add(key, false);
  }

  /** Adds the key after a delay. When a key has several delays, the shortest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const readyAtMs = this.#options.clock.monotonicMs() + delayMs;
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined && waiting.readyAtMs <= readyAtMs) return;
    waiting?.cancel();
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { readyAtMs, cancel });
  }

  /** Adds the key after the delay of one more failure. */
  addRateLimited(key: string): void {
    const { clock, metrics, name } = this.#options;
    metrics.count("workqueue_retries_total", { name });
    this.addAfter(key, this.#limiter.nextDelayMs(key, clock.monotonicMs()));
  }

  /** Starts the key's back-off anew. It does not remove the key from the queue. */
  forget(key: string): void {
    this.#limiter.forget(key);
  }

  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /** The next key to work on; `done` must follow. It is `undefined` when the queue was closed or the signal aborted. */
  next(signal: AbortSignal): Promise<string | undefined> {
    if (this.#closed || signal.aborted) return Promise.resolve(undefined);
    const key = this.#ready.shift() ?? this.#later.shift();
    if (key !== undefined) return Promise.resolve(this.#take(key));
    return new Promise((resolve) => {
      const settle = (taken: string | undefined): void => {
        this.#waiters.delete(settle);
        signal.removeEventListener("abort", onAbort);
        resolve(taken);
      };
      const onAbort = (): void => {
        settle(undefined);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(settle);
    });
  }

  done(key: string): void {
    this.#processing.delete(key);
    const isFirst = this.#dirty.get(key);
    if (isFirst !== undefined) this.#makeReady(key, isFirst);
    if (this.isIdle) this.#tellIdle();
  }

  /** Number of ready keys. */
  get depth(): number {
    return this.#ready.size + this.#later.size;
  }

  /** True when no key is ready and no worker has one. Delayed keys do not count. */
  get isIdle(): boolean {
    return this.depth === 0 && this.#processing.size === 0;
  }

  /** Resolves when no key is ready and no worker has one, or the queue is closed. */
  whenIdle(): Promise<undefined> {
    if (this.isIdle) return Promise.resolve(undefined);
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Drops all keys and ends the waiting of all workers. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#later.clear();
    this.#dirty.clear();
    for (const settle of [...this.#waiters]) settle(undefined);
    this.#tellIdle();
    this.#showDepth();
  }

  #add(key: string, isFirst: boolean): void {
    const before = this.#dirty.get(key);
    if (this.#closed || before === true || before === isFirst) return;
    if (before === undefined) this.#options.metrics.count("workqueue_adds_total", { name: this.#options.name });
    this.#dirty.set(key, isFirst);
    if (!this.#processing.has(key)) this.#makeReady(key, isFirst);
  }

  #makeReady(key: string, isFirst: boolean): void {
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#later.delete(key);
      (isFirst ? this.#ready : this.#later).add(key);
      this.#showDepth();
    } else waiter(this.#take(key));
  }

  #take(key: string): string {
    this.#ready.delete(key);
    this.#later.delete(key);
    this.#dirty.delete(key);
    this.#processing.add(key);
    this.#showDepth();
    return key;
  }

  #tellIdle(): void {
    this.#idle?.resolve(undefined);
    this.#idle = undefined;
  }

  #showDepth(): void {
    this.#options.metrics.set("workqueue_depth", { name: this.#options.name }, this.depth);
  }
}

/** Keys in the order in which they came. */
class KeyLine {
  readonly #keys = new Set<string>();
  /** A new iterator would walk over all keys that have been deleted since the set was last made smaller. */
  #oldest = this.#keys.values();

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  clear(): void {
    this.#keys.clear();
  }

  /** Takes the oldest key out. */
  shift(): string | undefined {
    let next = this.#oldest.next();
    if (next.done === true) {
      this.#oldest = this.#keys.values();
      next = this.#oldest.next();
    }
    if (next.done === true) return undefined;
    this.#keys.delete(next.value);
    return next.value;
  }
}
