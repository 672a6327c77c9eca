// Writes Kubernetes Events: one object for each series, at a limited rate.
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "../client/api-client.ts";
import { isNotFound } from "../client/api-error.ts";
import { type EventNote, type EventSeries, eventBody, newSeries, seriesKey, seriesPatch } from "./event-series.ts";
import { ResourceApi } from "../client/resource-api.ts";
import { resources } from "../client/resources.ts";
import { type BucketLimits, TokenBucket } from "../queue/token-bucket.ts";

export interface EventRecorderOptions {
  readonly client: ApiClient;
  /** The program that reports, such as `ovn4nfv-controller`. */
  readonly component: string;
  /** The replica that reports: the name of its pod. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits?: BucketLimits;
  readonly random?: () => number;
}

interface Pending {
  note: EventNote;
  count: number;
  lastAt: number;
}

const defaultLimits: BucketLimits = { ratePerSecond: 5, burst: 25 };
const seriesWindowMs = 600_000;
const maxPending = 1_000;
const maxSeries = 4_096;

/**
 * Writes Events for the users of `kubectl describe`. The caller never waits: `record` returns at once and does not throw.
 * Notes with the same subject and reason within ten minutes become one Event with a count. Notes that cannot be written in
 * time are merged; when too many wait, new ones are dropped and counted.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #events: ResourceApi;
  readonly #bucket: TokenBucket;
  readonly #random: () => number;
  readonly #pending = new Map<string, Pending>();
  readonly #series = new Map<string, EventSeries>();
  #writing: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#events = new ResourceApi(options.client, resources.events);
    this.#bucket = new TokenBucket(options.limits ?? defaultLimits);
    this.#random = options.random ?? Math.random;
  }

  record(note: EventNote): void {
    if (this.#stop.signal.aborted) return;
    const key = seriesKey(note);
    const lastAt = this.#options.clock.now();
    const waiting = this.#pending.get(key);
    if (waiting !== undefined) {
      Object.assign(waiting, { note, count: waiting.count + 1, lastAt });
    } else if (this.#pending.size < maxPending) {
      this.#pending.set(key, { note, count: 1, lastAt });
    } else {
      this.#options.metrics.count("ovn4nfv_kube_events_dropped_total", { cause: "overflow" });
    }
    this.#startWriting();
  }

  /** Writes the notes that wait, as far as rate and deadline allow, and takes no more notes. */
  async close(options: CallOptions = {}): Promise<void> {
    const { clock } = this.#options;
    const cancel =
      options.deadlineMs === undefined
        ? () => undefined
        : clock.after(Math.max(0, options.deadlineMs - clock.monotonicMs()), () => {
            this.#stop.abort();
          });
    const giveUp = (): void => {
      this.#stop.abort();
    };
    options.signal?.addEventListener("abort", giveUp, { once: true });
    if (options.signal?.aborted === true) giveUp();
    while (this.#writing !== undefined) await this.#writing;
    cancel();
    options.signal?.removeEventListener("abort", giveUp);
    this.#stop.abort();
  }

  #startWriting(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      // A note may have come after the loop had ended and before this line.
      if (this.#pending.size > 0 && !this.#stop.signal.aborted) this.#startWriting();
    });
  }

  async #writeAll(): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      const waitMs = this.#pending.size === 0 ? 0 : this.#bucket.takeMs(clock.monotonicMs());
      if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
      const [first] = this.#pending;
      if (first === undefined || signal.aborted) return;
      const [key, pending] = first;
      this.#pending.delete(key);
      try {
        await this.#write(key, pending);
      } catch (caught) {
        metrics.count("ovn4nfv_kube_events_dropped_total", { cause: "error" });
        logger.warn({ err: caught, reason: pending.note.reason }, "event cannot be written");
      }
    }
  }

  async #write(key: string, { note, count, lastAt }: Pending): Promise<void> {
    const { component, instance } = this.#options;
    const { signal } = this.#stop;
    const known = this.#series.get(key);
    if (known !== undefined && lastAt - known.lastAt < seriesWindowMs) {
      const series = { ...known, count: known.count + count, lastAt };
      try {
        await this.#events.patch(series, "merge", seriesPatch(note, series), { signal });
        this.#remember(key, series);
        return;
      } catch (caught) {
        // The API server deletes Events after an hour, and users may delete them too. Then a new Event is made.
        if (!isNotFound(caught)) throw caught;
      }
    }
    const series = newSeries(note, lastAt, count, this.#random);
    await this.#events.create(series.namespace, eventBody(note, series, component, instance), { signal });
    this.#remember(key, series);
  }

  #remember(key: string, series: EventSeries): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    const [oldest] = this.#series.keys();
    if (this.#series.size > maxSeries && oldest !== undefined) this.#series.delete(oldest);
  }
}
