import { createServer, type RequestListener } from "node:http";
import { endListening, startListening } from "#src/health/listening.ts";

/** A page has one stream and a few other connections. */
const maxConnections = 128;

/** Nobody else on the machine's networks reaches the page. */
export const loopback = "127.0.0.1";

export interface ViewServer {
  readonly port: number;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Serves the page on a port of the loopback address; port 0 means any free one. Throws `ConfigInvalid` when it is taken. */
export async function startViewServer(app: RequestListener, port: number): Promise<ViewServer> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, noDelay: true },
    app,
  );
  server.maxConnections = maxConnections;
  const actual = await startListening(server, { host: loopback, port });
  return {
    port: actual,
    async close() {
      const ended = endListening(server);
      server.closeAllConnections();
      await ended;
    },
  };
}
