import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { processClock } from "../../src/time/clock.ts";
import type { OvsdbError } from "../../src/errors/ovsdb-error.ts";
import { Connection } from "../../src/connection/connection.ts";
import type { ByteStream } from "../../src/connection/open-socket.ts";

export interface SentMessage {
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly id?: unknown;
  readonly result?: unknown;
}

/** The other end of a connection, in memory. It has all that was sent to it, and says what the test tells it. */
export class ScriptedPeer {
  readonly sent: SentMessage[] = [];
  readonly closed: OvsdbError[] = [];
  readonly notifications: (readonly [string, readonly unknown[]])[] = [];
  readonly connection: Connection;
  readonly #stream: ByteStream;

  constructor(onNotification: (method: string, params: readonly unknown[]) => void = () => {}) {
    const duplex = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        this.sent.push(JSON.parse(chunk.toString()) as SentMessage);
        done();
      },
    });
    this.#stream = { socket: duplex as unknown as Socket, onChunk: () => {} };
    this.connection = new Connection({
      stream: this.#stream,
      endpoint: "unix:scripted",
      clock: processClock,
      probeIntervalMs: 0,
      maxFrameBytes: 10_000,
      maxQueuedBytes: 10_000,
      onNotification: (method, params) => {
        this.notifications.push([method, params]);
        onNotification(method, params);
      },
      onClosed: (error) => this.closed.push(error),
    });
  }

  /** Says these messages in one chunk. */
  say(...messages: readonly object[]): void {
    this.#stream.onChunk(Buffer.from(messages.map((message) => JSON.stringify(message)).join("")));
  }

  /** Answers the last request. */
  answer(result: unknown, error: unknown = null): void {
    this.say(this.reply(result, error));
  }

  /** The answer to the last request, which the test can send together with other messages. */
  reply(result: unknown, error: unknown = null): object {
    return { id: this.sent.at(-1)?.id, result, error };
  }

  notify(method: string, ...params: readonly unknown[]): void {
    this.say({ method, params, id: null });
  }
}
