// Lets a test stop the messages of a process at any one of them: what it sends to others, and what others send to it.
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from "node:net";

/** A message that goes no further until somebody lets it. Everything after it is lost. */
export interface HeldMessage {
  /** The name of the gate. */
  readonly gate: string;
  readonly from: "process" | "other";
  readonly deliver: () => void;
}

/** Counts the messages of all gates of one process. Bytes that arrive at once are one message. */
export class MessageCount {
  #left = 0;
  #reached: ((message: HeldMessage) => void) | undefined;
  #isHolding = false;

  /** Holds the message of this number, counted from now on, the first of which is 1. */
  arm(number: number, reached: (message: HeldMessage) => void): void {
    this.#left = number;
    this.#reached = reached;
  }

  /** Lets everything pass again. */
  disarm(): void {
    this.#reached = undefined;
    this.#isHolding = false;
  }

  /** True when the message may pass. */
  pass(message: HeldMessage): boolean {
    if (this.#isHolding) return false;
    if (this.#reached === undefined) return true;
    this.#left -= 1;
    if (this.#left > 0) return true;
    const reached = this.#reached;
    this.#reached = undefined;
    this.#isHolding = true;
    reached(message);
    return false;
  }
}

export interface MessageGateOptions {
  readonly name: string;
  readonly count: MessageCount;
  /** The end that dials. The other end is dialled by the gate. */
  readonly dials: "process" | "other";
  /** Where to dial now. */
  readonly target: () => NetConnectOpts;
}

/** A port of 127.0.0.1 behind which another one, or a unix socket, is. */
export class MessageGate implements AsyncDisposable {
  readonly #options: MessageGateOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: MessageGateOptions) {
    this.#options = options;
    this.#server = createServer((near) => {
      this.#join(near);
    });
  }

  static async open(options: MessageGateOptions): Promise<MessageGate> {
    const gate = new MessageGate(options);
    await new Promise<void>((resolve, reject) => {
      gate.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    gate.#server.unref();
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections. New ones are let in. */
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

  #join(near: Socket): void {
    const { name, count, dials, target } = this.#options;
    const far = connect(target());
    for (const [socket, other, from] of [
      [near, far, dials],
      [far, near, dials === "process" ? "other" : "process"],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.unref();
      socket.on("data", (chunk: Buffer) => {
        const deliver = (): void => void other.write(chunk);
        if (count.pass({ gate: name, from, deliver })) deliver();
      });
      // The event `close` follows, and it is handled.
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
  }
}
