// Listens on the agent's unix socket and reads one call from each connection.
import { chmod, rename, unlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { printError } from "../../contract/cni-error.ts";
import { quotedValue } from "../../contract/quoted-value.ts";
import { CallReader, encodeAnswer, type ShimAnswer, type ShimCall } from "../../contract/shim-protocol.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";

export interface ShimServerOptions {
  /** Its folder exists. A file with this name is replaced: usually it is the socket of an earlier agent. */
  readonly socketPath: string;
  /** Serves one call. The signal aborts when nobody waits for the answer any more. An error that it throws is answered as a defect. */
  readonly serve: (call: ShimCall, signal: AbortSignal) => Promise<ShimAnswer>;
  readonly logger: Logger;
}

/** Listens on a unix socket that only its owner may connect to. Each connection carries one call (cni/contract/shim-protocol.ts). */
export class ShimServer {
  readonly #options: ShimServerOptions;
  readonly #server: Server;
  readonly #serving = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: ShimServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
  }

  /** Throws `ConfigInvalid` when the socket cannot be made. */
  async start(): Promise<void> {
    const { socketPath } = this.#options;
    // The socket is made under another name and then renamed, so that under its own name it is never absent and never has
    // other permissions.
    const newPath = `${socketPath}.new`;
    await unlink(newPath).catch(() => undefined);
    const failed = (cause: unknown): AppError =>
      new AppError("ConfigInvalid", `cannot listen on ${socketPath}: ${fromUnknown(cause).message}`, { cause });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => {
        reject(failed(cause));
      });
      this.#server.listen(newPath, resolve);
    });
    try {
      await chmod(newPath, 0o600);
      await rename(newPath, socketPath);
    } catch (cause) {
      this.#server.close();
      throw failed(cause);
    }
  }

  /** Takes no new calls, aborts those that run, and waits until they have rolled back what they did. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await unlink(this.#options.socketPath).catch(() => undefined);
    this.#stop.abort();
    await Promise.all(this.#serving);
    await closed;
  }

  #accept(socket: Socket): void {
    const reader = new CallReader();
    const gone = new AbortController();
    // A runtime that gives up kills the shim. Then errors of its connection do not matter any more.
    socket.on("error", () => {});
    socket.on("close", () => {
      gone.abort();
    });
    // The shim never half-closes a connection, so that its end is the end of the call.
    socket.on("end", () => {
      gone.abort();
      socket.destroy();
    });
    let complete = false;
    const onStop = (): void => {
      if (!complete) socket.destroy();
    };
    this.#stop.signal.addEventListener("abort", onStop);
    socket.once("close", () => {
      this.#stop.signal.removeEventListener("abort", onStop);
    });
    socket.on("data", (chunk) => {
      try {
        if (complete) throw new AppError("ProtocolError", "more bytes came after a whole call");
        const call = reader.push(chunk);
        if (call === undefined) return;
        complete = true;
        const serving = this.#serve(socket, call, gone.signal).finally(() => this.#serving.delete(serving));
        this.#serving.add(serving);
      } catch (error) {
        this.#options.logger.warn({ err: error }, "a connection is not from a shim");
        socket.destroy();
      }
    });
  }

  async #serve(socket: Socket, call: ShimCall, gone: AbortSignal): Promise<void> {
    const { serve, logger } = this.#options;
    try {
      const { status, output } = await serve(call, AbortSignal.any([gone, this.#stop.signal]));
      socket.end(encodeAnswer(status, output));
    } catch (caught) {
      // Nobody handles a rejection of this promise, so that it would end the agent.
      const error = fromUnknown(caught);
      logger.error({ err: error }, "a cni call has no answer that can be sent");
      const told = new AppError("Internal", `this call has no answer: ${quotedValue(error.message)}`, { cause: error });
      socket.end(encodeAnswer(1, printError(told)));
    }
  }
}
