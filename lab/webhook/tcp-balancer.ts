import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * One port in front of several, like a Service. Each new connection goes to the next backend, and to the one after it when
 * that backend refuses. Connections that exist stay where they are, also when their backend is taken out.
 */
export class TcpBalancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #backends: readonly number[] = [];
  #turn = 0;

  private constructor() {
    this.#server = createServer((near) => {
      this.#track(near);
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

  /** Cuts every connection, so that the next ones are balanced anew. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.cut();
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

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
