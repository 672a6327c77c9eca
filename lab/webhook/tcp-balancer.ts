import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A client that has not ended its half so long after we ended ours is cut. */
const clientEndsMs = 5_000;

/**
 * One port in front of several, like a Service. Each new connection goes to the next backend, and to the one after it when
 * that backend refuses. Connections that exist stay where they are, also when their backend is taken out.
 */
export class TcpBalancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  #backends: readonly number[] = [];
  #turn = 0;

  private constructor() {
    this.#server = createServer((near) => {
      this.#track(near);
      this.#clients.add(near);
      near.once("close", () => this.#clients.delete(near));
      this.#turn += 1;
      this.#dial(near, rotate(this.#backends, this.#turn));
    });
  }

  static async start(): Promise<TcpBalancer> {
    const balancer = new TcpBalancer();
    await new Promise<void>((resolve, reject) => {
      balancer.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    balancer.#server.unref();
    return balancer;
  }

  /** The port on 127.0.0.1. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The ports of 127.0.0.1 to which new connections go. */
  get backends(): readonly number[] {
    return this.#backends;
  }

  add(port: number): void {
    this.#backends = [...this.#backends, port];
  }

  remove(port: number): void {
    this.#backends = this.#backends.filter((other) => other !== port);
  }

  /**
   * Ends every connection, so that the next ones are balanced anew. It resolves when the clients have ended theirs as well: until then
   * one may still write a request to a connection that is gone.
   */
  async cut(): Promise<void> {
    await Promise.all([...this.#clients].map(endBoth));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #dial(near: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      near.destroy();
      return;
    }
    const far = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#track(far);
    const giveUp = (): void => {
      this.#dial(near, others);
    };
    far.once("error", giveUp);
    far.once("connect", () => {
      far.off("error", giveUp);
      join(near, far);
    });
    near.once("close", () => far.destroy());
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.unref();
    // The event `close` follows, and it is handled.
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

function join(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
  near.once("close", () => far.destroy());
  far.once("close", () => near.destroy());
}

/** Ends our half, and resolves when the client has ended its own, or was given time enough for it. */
function endBoth(near: Socket): Promise<void> {
  return new Promise((resolve) => {
    near.once("close", () => {
      resolve();
    });
    near.setTimeout(clientEndsMs, () => near.destroy());
    near.end();
    // Its end is not seen before what came with it was read.
    near.resume();
  });
}

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
