import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { securityHeaders } from "#src/view/server/request-guard.ts";
import type { ViewEvents } from "#src/view/contract/view-event.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";

interface ViewServerState {
  items: readonly ViewItem[];
  /** Answers what is below `/api/`, except for the events. Undefined is 404. */
  readonly answer: (url: URL) => object | undefined;
}

/** Stands in for `ovn4nfv view`: it serves the real page and a state that no test can make for real. */
export class FakeViewServer {
  readonly #server = createServer((request, response) => {
    this.#serve(request, response);
  });
  readonly #streams = new Set<ServerResponse>();
  readonly #state: ViewServerState;
  readonly #files: Awaited<ReturnType<typeof readPageFiles>>;
  /** While true each request is refused, as after the end of a session. */
  refuses = false;

  private constructor(state: ViewServerState, files: Awaited<ReturnType<typeof readPageFiles>>) {
    this.#state = state;
    this.#files = files;
  }

  static async start(state: ViewServerState, pageFolder: string): Promise<FakeViewServer> {
    const server = new FakeViewServer(state, await readPageFiles(pageFolder));
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The state after this is told to pages that connect later. */
  set items(items: readonly ViewItem[]) {
    this.#state.items = items;
  }

  tell<K extends keyof ViewEvents>(name: K, data: ViewEvents[K]): void {
    for (const stream of this.#streams) stream.write(frame(name, data));
  }

  /** Ends all connections of events, as a server that dies. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve({ url = "/" }: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const target = new URL(url, this.url);
    const file = this.#files.get(target.pathname);
    if (file !== undefined) response.setHeader("content-type", file.type).end(file.bytes);
    else if (this.refuses) answerJson(response, 401, { code: "NoSession", message: "The session has ended." });
    else if (target.pathname === "/api/events") this.#stream(response);
    else {
      const answer = this.#state.answer(target);
      if (answer === undefined) answerJson(response, 404, { code: "NotFound", message: "there is no such thing" });
      else answerJson(response, 200, answer);
    }
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    const { items } = this.#state;
    const at = "2026-11-29T12:00:00Z";
    response.write("retry: 200\n\n");
    response.write(
      frame("snapshot", { source: "northbound", sees: "everything", version: "0.2.0", at, items, omitted: [] }),
    );
  }
}

function frame<K extends keyof ViewEvents>(name: K, data: ViewEvents[K]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
