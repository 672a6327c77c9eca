import type { ServerResponse } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import type { ViewEvents, ViewSnapshot, ViewState } from "../contract/view-event.ts";
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

interface Page {
  readonly response: ServerResponse;
  readonly limitBytes: number;
  /** The bytes that the socket had sent at the last heartbeat. */
  sentBytes: number;
}

/**
 * The pages that are open, each with a stream of server-sent events (HTML, section 9.2). A page that does not read is cut off: when
 * too much waits for it, or when it took nothing between two heartbeats. It connects again and gets a new snapshot.
 */
export class LiveStream {
  readonly #source: LiveSource;
  readonly #clock: Clock;
  readonly #limits: LiveLimits;
  readonly #pages = new Set<Page>();
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
    const text = printEvent("snapshot", this.#source.snapshot()) + printEvent("state", this.#source.state());
    const page = { response, limitBytes: Buffer.byteLength(text) + this.#limits.backlogBytes, sentBytes: -1 };
    this.#pages.add(page);
    response.on("close", () => {
      this.#pages.delete(page);
    });
    response.write(text);
    this.#endBeat ??= this.#clock.after(this.#limits.heartbeatMs, this.#beat);
  }

  send<E extends keyof ViewEvents>(event: E, data: ViewEvents[E]): void {
    if (this.#pages.size === 0) return;
    const text = printEvent(event, data);
    for (const { response, limitBytes } of this.#pages) {
      if (response.writableLength > limitBytes) response.destroy();
      else response.write(text);
    }
  }

  /** Ends all streams. Others may be opened later. */
  close(): void {
    this.#endBeat?.();
    this.#endBeat = undefined;
    for (const { response } of this.#pages) response.destroy();
  }

  readonly #beat = (): void => {
    const text = printEvent("beat", { at: this.#source.state().at });
    for (const page of this.#pages) {
      const { response } = page;
      const sentBytes = response.socket?.bytesWritten ?? 0;
      const waiting = response.writableLength;
      if (waiting > 0 && sentBytes === page.sentBytes) response.destroy();
      else if (waiting === 0) response.write(text);
      page.sentBytes = sentBytes;
    }
    this.#endBeat = this.#pages.size === 0 ? undefined : this.#clock.after(this.#limits.heartbeatMs, this.#beat);
  };
}

function printEvent<E extends keyof ViewEvents>(event: E, data: ViewEvents[E]): string {
  return `event: ${event}\ndata: ${printSafeJson(data)}\n\n`;
}
