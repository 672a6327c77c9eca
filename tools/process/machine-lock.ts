import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A lock between the processes of one user on one machine. It is an abstract unix socket, so the kernel frees it when
 * its holder dies. A closed connection tells the processes that wait.
 */
export class MachineLock implements Disposable {
  readonly #server: Server;
  readonly #waiting: ReadonlySet<Socket>;

  private constructor(server: Server, waiting: ReadonlySet<Socket>) {
    this.#server = server;
    this.#waiting = waiting;
  }

  /** Takes the lock if nobody holds it. */
  static tryAcquire(name: string): Promise<MachineLock | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = new Set<Socket>();
      const server = createServer((socket) => {
        waiting.add(socket.unref());
        socket.on("error", () => {}).on("close", () => waiting.delete(socket));
        socket.write(String(process.pid));
      });
      server.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE") resolve(undefined);
        else reject(error);
      });
      server.listen(addressOf(name), () => {
        server.unref();
        resolve(new MachineLock(server, waiting));
      });
    });
  }

  /** Takes the lock when it is free. `onWait` gets the holder's process id each time another process has it. */
  static async acquire(name: string, onWait: (pid: string) => void = () => {}): Promise<MachineLock> {
    for (;;) {
      const lock = await MachineLock.tryAcquire(name);
      if (lock !== undefined) return lock;
      await MachineLock.whileHeld(name, onWait);
    }
  }

  /** Resolves when nobody holds the lock, and does not take it. `onHolder` gets the holder's process id. */
  static whileHeld(name: string, onHolder: (pid: string) => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(addressOf(name));
      socket.setEncoding("utf8").on("data", onHolder);
      socket.on("error", () => {});
      socket.once("close", () => {
        resolve();
      });
    });
  }

  /** Process id of the holder, if there is one. */
  static holder(name: string): Promise<number | undefined> {
    return new Promise((resolve) => {
      const socket = connect(addressOf(name));
      socket.setEncoding("utf8").once("data", (pid) => {
        resolve(Number(pid));
        socket.destroy();
      });
      socket.on("error", () => {});
      socket.once("close", () => {
        resolve(undefined);
      });
    });
  }

  release(): void {
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function addressOf(name: string): string {
  return `\0ovn4nfv/${process.getuid?.() ?? 0}/${name}`;
}
