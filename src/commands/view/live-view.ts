import type { Clock } from "#src/core/clock.ts";
import type { ViewChange, ViewSnapshot, ViewState } from "#src/view/contract/view-event.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { ItemStore } from "#src/view/live/item-store.ts";
import type { LiveSource } from "#src/view/live/live-stream.ts";

export interface LiveViewOptions {
  readonly about: () => Omit<ViewSnapshot, "at" | "items">;
  /** Makes all objects anew. */
  readonly items: () => Iterable<ViewItem>;
  readonly clock: Clock;
  readonly changed: (change: ViewChange) => void;
  readonly stateChanged: (state: ViewState) => void;
  /** The number of views that share the time that may go into making objects anew; 1 when it is undefined. */
  readonly sharers?: () => number;
}

/** The sources that a view may follow. */
export type FollowedSource = "northbound" | "cluster";

/** Changes are collected for this time. */
export const batchMs = 100;

/** At most this part of all time goes into making the objects anew, however often they change. */
export const busyShare = 0.25;

/** The network as the page is shown it. Each change lets all objects be made anew a moment later, and what differs is told. */
export class LiveView implements LiveSource {
  readonly #options: LiveViewOptions;
  readonly #store = new ItemStore();
  #lastTookMs = 0;
  #cancel: (() => void) | undefined;
  /** Says why, by what is lost. */
  readonly #lost = new Map<FollowedSource, string>();

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  /** Says that something changed. */
  touch(): void {
    const share = busyShare / (this.#options.sharers?.() ?? 1);
    const waitMs = Math.max(batchMs, this.#lastTookMs / share);
    this.#cancel ??= this.#options.clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.refresh();
    });
  }

  /** Makes all objects anew at once. */
  refresh(): void {
    const { clock, items, changed } = this.#options;
    const beginMs = clock.monotonicMs();
    const change = this.#store.replace(items());
    this.#lastTookMs = clock.monotonicMs() - beginMs;
    if (change !== undefined) changed({ at: this.#now(), ...change });
  }

  /** Forgets the objects while nobody looks. */
  forget(): void {
    this.#store.replace([]);
  }

  /** Says whether what is shown of a source is up to date: undefined, or the reason why not. */
  follows(source: FollowedSource, lost: string | undefined): void {
    if (lost === this.#lost.get(source)) return;
    if (lost === undefined) this.#lost.delete(source);
    else this.#lost.set(source, lost);
    this.#options.stateChanged(this.state());
  }

  get(key: string): ViewItem | undefined {
    return this.#store.get(key);
  }

  snapshot(): ViewSnapshot {
    return { ...this.#options.about(), at: this.#now(), items: this.#store.items() };
  }

  state(): ViewState {
    const at = this.#now();
    return this.#lost.size === 0 ? { at, live: true } : { at, live: false, why: [...this.#lost.values()].join("; ") };
  }

  close(): void {
    this.#cancel?.();
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
