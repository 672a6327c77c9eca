import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ClientCertificatePolicy } from "./client-certificate.ts";
import { watchRequestHeads } from "./head-watch.ts";
import type { ServingKeyPair, ServingCertificate } from "./serving-certificate.ts";

/**
 * Times of a connection, milliseconds. The API server keeps idle connections for 90 s and never repeats a POST that
 * it has begun to write, so the end that closes an idle connection must not be ours: 120 s. That holds as well for
 * one that has carried nothing yet (Go dials spare ones), and those fall under headersTimeout: larger still. Who is
 * slow in the middle of a head is caught by head-watch.ts, and in the middle of a body by body.ts.
 */
const connectionTimes = {
  keepAliveTimeout: 120_000,
  headersTimeout: 125_000,
  requestTimeout: 150_000,
  handshakeTimeout: 10_000,
  requestHeadMs: 10_000,
} as const;

/** Far more than all API servers together keep (25 idle ones each); bounds what strangers can hold open. */
const maxConnections = 2_048;

export interface ListenerParts {
  readonly certificate: ServingCertificate;
  readonly clients: ClientCertificatePolicy | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface AdmissionListener {
  readonly server: Server;
  /** Cuts every connection, also those that have not finished their handshake (which Node's own call leaves out). */
  readonly cut: () => void;
  /** Ends the watch on certificates and connections; the server itself is closed by its owner. */
  readonly release: () => void;
}

/**
 * The TLS server of the admission port: HTTP/1.1 only (the API server forces it), TLS 1.2 or newer. A new certificate
 * serves new connections; those that exist live on.
 */
export function createAdmissionListener(app: RequestListener, parts: ListenerParts): AdmissionListener {
  const { certificate, clients, clock, logger, metrics } = parts;
  const { requestHeadMs, ...times } = connectionTimes;
  const secure = ({ cert, key }: ServingKeyPair) => ({
    cert,
    key,
    minVersion: "TLSv1.2" as const,
    ...(clients === undefined ? {} : { ca: clients.authorities.current() }),
  });
  const options = { ...secure(certificate.current()), ...times, ALPNProtocols: ["http/1.1"], noDelay: true };
  const server = createServer({ ...options, requestCert: clients !== undefined, rejectUnauthorized: false }, app);
  server.maxConnections = maxConnections;
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("drop", () => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "limit" });
  });
  server.on("tlsClientError", (error) => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "tls" });
    logger.debug({ err: error }, "tls handshake failed");
  });
  const endHeadWatch = watchRequestHeads(server, clock, requestHeadMs, () => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "slow" });
  });
  const renew = (): void => {
    try {
      server.setSecureContext(secure(certificate.current()));
    } catch (error) {
      logger.error({ err: fromUnknown(error) }, "new serving certificate refused, the old one stays");
    }
  };
  const endCertificate = certificate.onChange(renew);
  const endAuthorities = clients?.authorities.onChange(renew);
  return {
    server,
    cut() {
      for (const socket of connections) socket.destroy();
    },
    release() {
      endHeadWatch();
      endCertificate();
      endAuthorities?.();
    },
  };
}
