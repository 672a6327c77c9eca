import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../tools/process/temporary-folder.ts";

export interface FakeRequest {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly id: unknown;
}

/** Answers one request, or not. */
export type FakeHandler = (socket: Socket, request: FakeRequest) => void;

/** A server of a database with one table, which does wrong things that no real server can be made to do. */
export class FakeServer implements AsyncDisposable {
  readonly endpoint: string;
  /** All requests of its clients. */
  readonly requests: FakeRequest[] = [];
  readonly #folder: TemporaryFolder;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiters = new Set<() => void>();

  private constructor(folder: TemporaryFolder, server: Server) {
    this.#folder = folder;
    this.#server = server;
    this.endpoint = `unix:${join(folder.path, "sock")}`;
  }

  /** `handlers` answer methods in place of its own. */
  static async start(handlers: Readonly<Record<string, FakeHandler>>): Promise<FakeServer> {
    const server = createServer();
    const fake = new FakeServer(createTemporaryFolder("fake"), server);
    const all = { ...wellBehaved, ...handlers };
    server.on("connection", (socket) => {
      fake.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => fake.#sockets.delete(socket));
      let text = "";
      socket.setEncoding("utf8").on("data", (more: string) => {
        text += more;
        const requests = parseRequests(text);
        if (requests === undefined) return; // The text is not complete yet.
        text = "";
        for (const request of requests) {
          fake.requests.push(request);
          all[request.method as keyof typeof all]?.(socket, request);
        }
        for (const look of fake.#waiters) look();
      });
    });
    await new Promise<void>((resolve) => server.listen(fake.endpoint.slice(5), resolve));
    return fake;
  }

  /** Sends bytes to every client. */
  send(bytes: string | Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Ends every connection. Clients may connect again. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reads nothing more. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Resolves when the condition holds, which is checked after each request. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#folder.remove();
  }
}

/** The requests in a text; undefined: it is not complete. */
function parseRequests(text: string): FakeRequest[] | undefined {
  try {
    return text
      .replaceAll("}{", "}\n{")
      .split("\n")
      .map((part) => JSON.parse(part) as FakeRequest);
  } catch {
    return undefined;
  }
}

export function answer(socket: Socket, { id }: FakeRequest, result: unknown, error: unknown = null): void {
  socket.write(JSON.stringify({ id, result, error }));
}

const schema = {
  name: "Fake",
  tables: { Thing: { columns: { name: { type: "string" }, size: { type: "integer" } } } },
};

const wellBehaved: Readonly<Record<string, FakeHandler>> = {
  monitor_cond(socket, request) {
    if (request.params[0] === "_Server") answer(socket, request, null, { error: "unknown database" });
    else answer(socket, request, null, "unknown method");
  },
  monitor_cond_since(socket, request) {
    answer(socket, request, null, "unknown method");
  },
  get_schema(socket, request) {
    answer(socket, request, schema);
  },
  monitor(socket, request) {
    answer(socket, request, { Thing: { u1: { new: { name: "one", size: 1 } } } });
  },
  echo(socket, request) {
    answer(socket, request, request.params);
  },
  transact(socket, request) {
    answer(socket, request, [{}]);
  },
};
