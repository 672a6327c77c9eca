import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Carries bytes between a unix socket that it listens on and another one, until it is cut. */
export class UnixRelay {
  readonly #from: string;
  readonly #to: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  /** Starts to listen, also again. Does nothing when it listens already. */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    rmSync(this.#from, { force: true });
    const server = createServer((near) => {
      this.#pair(near);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(this.#from, resolve);
    });
    server.unref();
  }

  /** Ends all connections and refuses new ones until `open`. */
  cut(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  #pair(near: Socket): void {
    const far = connect(this.#to);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.unref();
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
