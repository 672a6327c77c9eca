import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Logger } from "#src/core/logger.ts";
import { endListening, startListening } from "#src/health/listening.ts";
import { renewSecureContext } from "#src/health/secure-context.ts";

/** A page has one stream and a few other connections. */
const maxConnections = 128;
/** The page of a cluster has several viewers. */
const maxSharedConnections = 1_024;

/** Nobody else on the machine's networks reaches the page. */
export const loopback = "127.0.0.1";

const times = { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, noDelay: true };

/** A certificate that may be renewed while the server runs. */
export interface PageCertificate {
  current(): { readonly cert: string; readonly key: string };
  /** Calls the listener after each renewal; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

export interface ViewServer {
  readonly port: number;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Serves the page on a port of the loopback address; port 0 means any free one. Throws `ConfigInvalid` when it is taken. */
export function startViewServer(app: RequestListener, port: number): Promise<ViewServer> {
  const server = createServer(times, app);
  server.maxConnections = maxConnections;
  return listen(server, loopback, port, () => undefined);
}

/** Serves the page by TLS on a port of all addresses. Throws `ConfigInvalid` when it is taken. */
export function startSharedServer(
  app: RequestListener,
  port: number,
  certificate: PageCertificate,
  logger: Logger,
): Promise<ViewServer> {
  const secure = () => ({ ...certificate.current(), minVersion: "TLSv1.2" as const });
  const server = createTlsServer({ ...times, ...secure(), handshakeTimeout: 10_000, ALPNProtocols: ["http/1.1"] }, app);
  server.maxConnections = maxSharedConnections;
  const end = certificate.onChange(() => {
    renewSecureContext(server, secure, logger);
  });
  return listen(server, "::", port, end);
}

async function listen(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>,
  host: string,
  port: number,
  release: () => void,
): Promise<ViewServer> {
  const actual = await startListening(server, { host, port });
  return {
    port: actual,
    async close() {
      release();
      const ended = endListening(server);
      server.closeAllConnections();
      await ended;
    },
  };
}
