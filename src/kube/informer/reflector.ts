import { Backoff, reflectorBackoff } from "#src/core/backoff.ts";
import type { Clock } from "#src/core/clock.ts";
import { hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "../client/api-client.ts";
import { isGone, isInvalid } from "../client/api-error.ts";
import type { KubeObject } from "../client/kube-object.ts";
import { ResourceApi, type ObjectSelection } from "../client/resource-api.ts";
import type { Resource } from "../client/resources.ts";
import { type WatchEvent, watchCollection } from "./watch.ts";

/** A complete read of the collection. Nothing of it is visible before `commit`. */
export interface Replacement {
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
  commit(): void;
}

type ObjectEvent = Exclude<WatchEvent, { readonly type: "BOOKMARK" }>;

/** Receives the objects from a reflector. Its methods must not throw. */
export interface ReflectorSink {
  /** Begins a complete read. An earlier read that was not committed is dropped. */
  replace(): Replacement;
  apply(event: ObjectEvent): void;
}

export interface ReflectorOptions extends ObjectSelection {
  /** The name in metrics and log lines, such as `pods` or `networks`. */
  readonly name: string;
  readonly client: ApiClient;
  readonly resource: Resource;
  /**
   * The kind of the first list, when the server has no WatchList. `cached` spares etcd and is for agents, of which there is
   * one on each node. `paged` keeps at most 500 whole objects in memory and is for a controller of all pods. Every later list
   * is paged and comes from etcd.
   */
  readonly firstList?: "cached" | "paged";
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random?: () => number;
}

/** One read and watch, until it ends. */
interface Pass {
  /** The time from which it has a whole state and a watch that goes on from it. A read may take long because the server is not well. */
  watchesSinceMs: number | undefined;
  /** True when the watch has brought something. */
  hasBrought: boolean;
}

/** A watch that lived this long with a whole state was healthy. After its end there is no reason to wait. */
const healthyWatchMs = 10_000;
/**
 * The same for a watch that has brought something and that the server ended. It ends a watch that takes its events too slowly, and
 * whoever waits after that has more to catch up with, so that it happens again.
 */
const busyWatchMs = 1_000;
const minTimeoutSeconds = 300;

/**
 * Keeps a sink equal to a collection: it makes one complete read, then a watch, which it resumes where it ended. After a fault, or a
 * watch that brought nothing, it waits from 0.8 s to 60 s, of which up to half is chance. When the resourceVersion is too old, it
 * reads everything again: the first time at once, after that with back-off.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #sink: ReflectorSink;
  readonly #api: ResourceApi;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  /** While it is absent, everything must be read. */
  #resourceVersion: string | undefined;
  #reason: "start" | "expired" = "start";
  #watchList = true;
  #expiredBefore = false;
  /** True after a first read that the server ended before it was whole. */
  #endedEarly = false;
  #lastContactMs: number | undefined;

  constructor(options: ReflectorOptions, sink: ReflectorSink) {
    this.#options = options;
    this.#sink = sink;
    this.#api = new ResourceApi(options.client, options.resource);
    this.#random = options.random ?? Math.random;
    this.#backoff = new Backoff(reflectorBackoff, this.#random);
  }

  /** Monotonic time of the last answer to a list or event of a watch. Bookmarks count, which come about once a minute. */
  get lastContactMs(): number | undefined {
    return this.#lastContactMs;
  }

  /** Runs until the signal aborts, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const pass: Pass = { watchesSinceMs: undefined, hasBrought: false };
      let fault: unknown;
      try {
        await this.#readAndWatch(pass, signal);
      } catch (caught) {
        fault = caught;
      }
      const livedMs = pass.watchesSinceMs === undefined ? 0 : clock.monotonicMs() - pass.watchesSinceMs;
      const waitMs = this.#afterwards(fault, livedMs, fault === undefined && pass.hasBrought);
      // A sleep fails only by an abort, which the loop's condition sees.
      if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /**
   * Prepares the next pass by the way in which the last one ended. `isBusy` says that the server ended a watch which had brought
   * something. Returns the time to wait before it.
   */
  #afterwards(fault: unknown, livedMs: number, isBusy: boolean): number {
    if (hasCode(fault, "Aborted")) return 0;
    const isHealthy = livedMs >= healthyWatchMs;
    if (isHealthy) this.#expiredBefore = false;
    if (isHealthy || isBusy) this.#backoff.reset();
    if (fault === undefined && livedMs >= (isBusy ? busyWatchMs : healthyWatchMs)) return 0;
    if (fault !== undefined && this.#resourceVersion === undefined && this.#watchList && isInvalid(fault)) {
      this.#watchList = false;
      return 0;
    }
    if (isGone(fault)) {
      this.#resourceVersion = undefined;
      this.#reason = "expired";
      if (!this.#expiredBefore) {
        this.#expiredBefore = true;
        return 0;
      }
    }
    const { name, logger, metrics } = this.#options;
    const waitMs = this.#backoff.nextMs();
    if (fault !== undefined) {
      metrics.count("ovn4nfv_kube_watch_faults_total", { informer: name });
      logger.warn({ err: fault, informer: name, waitMs }, "watch failed, will try again");
    }
    return waitMs;
  }

  async #readAndWatch(pass: Pass, signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === undefined && !this.#watchList) await this.#list(signal);
    const { client, resource, namespace, labelSelector, fieldSelector, clock } = this.#options;
    let initial = this.#resourceVersion === undefined ? this.#sink.replace() : undefined;
    const request = {
      resource,
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion: this.#resourceVersion ?? "",
      sendInitialEvents: initial !== undefined,
      timeoutSeconds: Math.floor(minTimeoutSeconds * (1 + this.#random())),
    };
    const onOpen = (): void => {
      if (initial === undefined) pass.watchesSinceMs = clock.monotonicMs();
    };
    for await (const event of watchCollection(client, request, { clock, signal, onOpen })) {
      this.#lastContactMs = clock.monotonicMs();
      pass.hasBrought = initial === undefined;
      if (event.type !== "BOOKMARK") {
        if (initial !== undefined) collect(initial, event);
        else this.#apply(event);
      } else if (initial === undefined) {
        this.#resourceVersion = event.resourceVersion;
      } else if (event.initialEventsEnd) {
        this.#commit(initial, event.resourceVersion);
        pass.watchesSinceMs = clock.monotonicMs();
        initial = undefined;
      }
    }
    if (initial === undefined || signal.aborted) return;
    // The server accepted the parameters, but ended without an error and without the closing bookmark. It does so with a reader that
    // cannot keep up, and always when it has no WatchList.
    if (this.#endedEarly) this.#watchList = false;
    this.#endedEarly = true;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, firstList = "cached" } = this.#options;
    const pages =
      this.#reason === "start" && firstList === "cached"
        ? [await this.#api.listCached(this.#options, { signal })]
        : this.#api.pages(this.#options, { signal });
    let replacement = this.#sink.replace();
    let resourceVersion = "";
    for await (const page of pages) {
      this.#lastContactMs = clock.monotonicMs();
      if (page.restarted) replacement = this.#sink.replace();
      for (const object of page.items) replacement.put(object);
      resourceVersion = page.resourceVersion;
    }
    this.#commit(replacement, resourceVersion);
  }

  #apply(event: ObjectEvent): void {
    this.#sink.apply(event);
    this.#resourceVersion = event.object.metadata.resourceVersion;
  }

  #commit(replacement: Replacement, resourceVersion: string): void {
    const { name, metrics } = this.#options;
    metrics.count("ovn4nfv_kube_watch_relists_total", { informer: name, reason: this.#reason });
    replacement.commit();
    this.#endedEarly = false;
    this.#resourceVersion = resourceVersion;
  }
}

function collect(initial: Replacement, event: ObjectEvent): void {
  if (event.type === "DELETED") initial.remove(event.object);
  else initial.put(event.object);
}
