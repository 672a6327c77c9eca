import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#src/core/errors.ts";
import { writeJson } from "./rejections.ts";

/**
 * Knows of one answer whether the API server may have got it. It may as soon as a byte of it was handed to the
 * socket; it cannot when the connection went away before that, and only then may the work behind it be undone.
 *
 * Keep-alive: the connection outlives the answer, so its later end means nothing for this one (`handed over` is
 * final). Pipelining (Go's client never does it, another may): Node parses the next request at once and keeps an
 * answer that is ready too early in memory until those before it are sent. Such bytes are not on the socket, so we
 * wait for our turn before writing, and watch the socket of the request, which is there all the time.
 */
export class Delivery {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #abort = new AbortController();
  #onLost = (): void => undefined;
  #state: "open" | "handed-over" | "lost" = "open";

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    request.socket.once("close", this.#onClose);
    if (request.socket.destroyed) this.#onClose();
  }

  /** Aborts when the answer can no longer be handed over, or with `stop`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Aborts the signal alone: who works for this answer is too late, but another answer is still to be sent. */
  stop(reason: AppError): void {
    this.#abort.abort(reason);
  }

  /** Gives up although the peer is still there: the drain has ended. */
  abandon(reason: AppError): void {
    this.#lose(reason);
  }

  /** Hands the answer to the socket, or finds that this is no longer possible: false, and nothing was sent. */
  async send(status: number, body: string, connection: "keep" | "close" = "keep"): Promise<boolean> {
    if (this.#state === "open" && this.#response.socket === null) await this.#turn();
    // No await between this look at the socket and the write.
    if (this.#state !== "open" || this.#response.socket?.writable !== true) {
      this.#lose(hungUp());
      return false;
    }
    this.#state = "handed-over";
    this.#request.socket.off("close", this.#onClose);
    if (connection === "close") this.#response.setHeader("connection", "close");
    writeJson(this.#response, status, body);
    return true;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#response.once("socket", () => {
        resolve();
      });
      this.#onLost = resolve;
    });
  }

  readonly #onClose = (): void => {
    this.#lose(hungUp());
  };

  #lose(reason: AppError): void {
    if (this.#state !== "open") return;
    this.#state = "lost";
    this.#request.socket.off("close", this.#onClose);
    this.#abort.abort(reason);
    this.#onLost();
  }
}

const hungUp = (): AppError => new AppError("Aborted", "the API server hung up before it was answered");
