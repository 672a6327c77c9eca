import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#src/core/errors.ts";
import { writeJson } from "./rejections.ts";

/**
 * Knows whether the API server may have got one answer. It may have got it as soon as a byte was handed to the socket. It
 * cannot have got it when the connection ended before that, and only then may the work behind the answer be rolled back.
 *
 * With keep-alive the connection outlives the answer, so its later end means nothing for this answer: `handed-over` is
 * final. Go's client never pipelines, but another may. Then Node parses the next request at once, and keeps an answer that
 * is ready too early in memory until those before it are sent. Such bytes are not on the socket. So this waits for its turn
 * before it writes, and watches the socket of the request, which is there all the time.
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

  /** Aborts when the answer can no longer be handed over, or when `stop` is called. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Aborts the signal and nothing else: the handler is too late, and another answer will be sent in its place. */
  stop(reason: AppError): void {
    this.#abort.abort(reason);
  }

  /** Gives the answer up although the peer is still there, because the drain has ended. */
  abandon(reason: AppError): void {
    this.#lose(reason);
  }

  /** Hands the answer to the socket. It gives false, and sends nothing, when that is no longer possible. */
  async send(status: number, body: string, connection: "keep" | "close" = "keep"): Promise<boolean> {
    if (this.#state === "open" && this.#response.socket === null) await this.#turn();
    // No await may come between this check of the socket and the write.
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
