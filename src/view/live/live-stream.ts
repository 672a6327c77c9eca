import type { ServerResponse } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import type { ViewEvents, ViewSnapshot, ViewState } from "../contract/view-event.ts";
import { LivePage } from "./live-page.ts";
import { printSafeJson } from "./safe-json.ts";

/** The state that a page is sent when it connects. */
export interface LiveSource {
  snapshot(): ViewSnapshot;
  state(): ViewState;
}

export interface LiveLimits {
  readonly maxPages: number;
  /** The bytes that may wait for a page besides its snapshot, before it is cut off. */
  readonly backlogBytes: number;
  readonly heartbeatMs: number;
}

export const defaultLiveLimits: LiveLimits = { maxPages: 16, backlogBytes: 2_097_152, heartbeatMs: 15_000 };

/**
 * The pages that are open, each with a stream of server-sent events (HTML, section 9.2). A page that does not read is cut off: when
 * too much waits for it, or when it took nothing between two heartbeats. A slow one is not, however long its snapshot takes. A page that
 * was cut off connects again and gets a new snapshot.
 */
export class LiveStream {
  readonly #source: LiveSource;
  readonly #clock: Clock;
  readonly #limits: LiveLimits;
  readonly #pages = new Set<LivePage>();
  #endBeat: (() => void) | undefined;

  constructor(source: LiveSource, clock: Clock, limits: LiveLimits = defaultLiveLimits) {
    this.#source = source;
    this.#clock = clock;
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#pages.size >= this.#limits.maxPages;
  }

  get size(): number {
    return this.#pages.size;
  }

  /** Makes a stream of the answer, which has its security headers already. The caller has asked `isFull`. */
  open(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
    const page = new LivePage(response, this.#limits.backlogBytes);
    this.#pages.add(page);
    response.on("close", () => {
      this.#pages.delete(page);
    });
    page.sendWhole(this.#whole());
    this.#endBeat ??= this.#clock.after(this.#limits.heartbeatMs, this.#beat);
  }

  send<E extends Exclude<keyof ViewEvents, "snapshot">>(event: E, data: ViewEvents[E]): void {
    if (this.#pages.size === 0) return;
    const bytes = printEvent(event, data);
    for (const page of this.#pages) page.send(bytes);
  }

  /** Sends the snapshot and the state anew, in the place of all that waits for a page. */
  sendWhole(): void {
    if (this.#pages.size === 0) return;
    const bytes = this.#whole();
    for (const page of this.#pages) page.sendWhole(bytes);
  }

  /** Ends all streams. Others may be opened later. */
  close(): void {
    this.#endBeat?.();
    this.#endBeat = undefined;
    for (const page of this.#pages) page.cut();
  }

  /** A page takes itself for up to date after a snapshot, so that the state follows each. */
  #whole(): Buffer {
    return Buffer.concat([printEvent("snapshot", this.#source.snapshot()), printEvent("state", this.#source.state())]);
  }

  readonly #beat = (): void => {
    const bytes = printEvent("beat", { at: this.#source.state().at });
    for (const page of this.#pages) page.beat(bytes);
    this.#endBeat = this.#pages.size === 0 ? undefined : this.#clock.after(this.#limits.heartbeatMs, this.#beat);
  };
}

function printEvent<E extends keyof ViewEvents>(event: E, data: ViewEvents[E]): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${printSafeJson(data)}\n\n`);
}
