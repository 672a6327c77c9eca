import { batch, signal } from "@preact/signals";
import type { ViewEvents, ViewSnapshot } from "#src/view/contract/view-event.ts";
import type { KnownItems } from "./known-items.ts";

/** The part of an EventSource that is used. A test hands in one of its own. */
export interface EventStream {
  readonly readyState: number;
  addEventListener(name: string, listen: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

interface LiveOptions {
  readonly store: KnownItems;
  readonly open: () => EventStream;
  /** Calls `run` after a time, and gives a way to call it off. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Resolves with the reason for which the server refuses this page, or undefined when it would take it. */
  readonly whyRefused: () => Promise<string | undefined>;
}

/** `stale` says that the server itself does not get news, `lost` that it cannot be reached, `refused` that it will not answer. */
export type LiveState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "stale"; readonly why: string }
  | { readonly kind: "lost"; readonly tries: number }
  | { readonly kind: "refused"; readonly why: string };

/** All of a snapshot except for its items, which are in the store. */
export type ViewSource = Omit<ViewSnapshot, "items">;

const closed = 2;
const leastWaitMs = 500;
const mostWaitMs = 15_000;
/** The server says something every 15 seconds. A connection that was silent for so long leads nowhere, as after a night of the machine. */
const mostSilenceMs = 45_000;

/**
 * Listens to the server and keeps the store up to date. It connects again for as long as the page is open: at once, and then
 * at most every 15 seconds.
 */
export class LiveConnection {
  readonly state = signal<LiveState>({ kind: "connecting" });
  /** Undefined until the first snapshot. */
  readonly source = signal<ViewSource | undefined>(undefined);
  /** The time of the server at its last word, as RFC 3339. */
  readonly heardAt = signal<string | undefined>(undefined);
  readonly #options: LiveOptions;
  #stream: EventStream | undefined;
  #callOff: (() => void) | undefined;
  #endSilence: (() => void) | undefined;
  #tries = 0;
  #isClosed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isClosed = false;
    const stream = this.#options.open();
    this.#stream = stream;
    const on = <K extends keyof ViewEvents>(name: K, take: (data: ViewEvents[K]) => void): void => {
      stream.addEventListener(name, ({ data }) => {
        const value = JSON.parse(String(data)) as ViewEvents[K];
        this.#hear(stream);
        // A beat changes nothing, so that nobody asks anew.
        if (name === "beat") return;
        batch(() => {
          this.heardAt.value = value.at;
          take(value);
        });
      });
    };
    on("snapshot", ({ items, ...source }) => {
      this.#tries = 0;
      this.#options.store.replaceAll(items);
      this.source.value = source;
      this.state.value = { kind: "live" };
    });
    on("change", ({ items, gone }) => {
      this.#options.store.change(items, gone);
    });
    on("state", ({ live, why }) => {
      this.state.value = live ? { kind: "live" } : { kind: "stale", why: why ?? "the server does not say why" };
    });
    on("beat", () => undefined);
    stream.addEventListener("error", () => {
      void this.#onError(stream);
    });
  }

  /** It may be started again. */
  close(): void {
    this.#isClosed = true;
    this.#stream?.close();
    this.#stream = undefined;
    this.#callOff?.();
    this.#endSilence?.();
  }

  /** Waits for the next word of the server. A connection may be dead without an error. */
  #hear(stream: EventStream): void {
    this.#endSilence?.();
    this.#endSilence = this.#options.after(mostSilenceMs, () => {
      stream.close();
      void this.#onError(stream);
    });
  }

  async #onError(stream: EventStream): Promise<void> {
    if (stream !== this.#stream) return;
    this.#tries += 1;
    this.state.value = { kind: "lost", tries: this.#tries };
    // The browser connects again by itself, except after an answer that is no stream.
    if (stream.readyState !== closed) return;
    this.#stream = undefined;
    const why = await this.#options.whyRefused();
    if (this.#isClosed) return;
    if (why !== undefined) {
      this.state.value = { kind: "refused", why };
      return;
    }
    const waitMs = Math.min(mostWaitMs, leastWaitMs * 2 ** Math.min(this.#tries, 8));
    this.#callOff = this.#options.after(waitMs, () => {
      this.start();
    });
  }
}
