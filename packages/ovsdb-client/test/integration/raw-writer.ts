import { createConnection, type Socket } from "node:net";

/** Sends transactions without any of the code under test. */
export class RawWriter {
  readonly #path: string;
  #socket: Socket | undefined;
  #text = "";
  #answered: ((reply: unknown) => void) | undefined;

  constructor(endpoint: string) {
    this.#path = endpoint.replace(/^unix:/, "");
  }

  /** The result; undefined: the connection broke before the reply. */
  transact(database: string, operations: readonly object[]): Promise<unknown> {
    return new Promise((resolve) => {
      const socket = (this.#socket ??= this.#connect());
      this.#answered = resolve;
      socket.write(JSON.stringify({ method: "transact", params: [database, ...operations], id: "raw" }));
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = createConnection({ path: this.#path });
    this.#text = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      this.#look();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      this.#answered?.(undefined);
    });
    return socket;
  }

  /** There is one request at a time, so the text is one message, or the server's echo request. */
  #look(): void {
    let message: { method?: string; id: unknown; params?: unknown; result?: unknown };
    try {
      message = JSON.parse(this.#text) as typeof message;
    } catch {
      return; // The message is not complete yet.
    }
    this.#text = "";
    if (message.method === "echo") {
      this.#socket?.write(JSON.stringify({ id: message.id, result: message.params, error: null }));
    } else {
      this.#answered?.(message.result);
    }
  }
}
