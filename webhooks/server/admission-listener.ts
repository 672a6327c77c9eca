import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { renewSecureContext } from "#src/health/secure-context.ts";
import type { KnownPeers } from "../peers/known-peers.ts";
import { yieldingTurns } from "../peers/yielding-turns.ts";
import { type ClientCertificatePolicy, type ClientCheck, longestHandshakeMs } from "./client-certificate.ts";
import { gateConnections } from "./connection-gate.ts";
import { watchRequestHeads } from "./head-watch.ts";
import type { ServingKeyPair, ServingCertificate } from "./serving-certificate.ts";

/**
 * The times of a connection, in milliseconds. The API server keeps idle connections for 90 s and never repeats a POST that
 * it has begun to write, so we must not be the end that closes an idle connection: we wait for 120 s. The same holds for a
 * connection that has carried nothing yet, because Go opens spare ones. Those fall under headersTimeout, which is larger
 * still. head-watch.ts ends a peer that is slow in the middle of a head, and body.ts one that is slow in a body.
 * Peers that are not known begin one handshake in each turn: many more would take most of the thread's time.
 */
const connectionTimes = {
  keepAliveTimeout: 120_000,
  headersTimeout: 125_000,
  requestTimeout: 150_000,
  handshakeTimeout: longestHandshakeMs,
  requestHeadMs: 10_000,
  strangersTurnMs: 5,
} as const;

/** More connections are not held open. All API servers together keep far fewer: 25 idle ones each. */
const maxConnections = 2_048;

export interface ListenerParts {
  readonly certificate: ServingCertificate;
  readonly clients: ClientCertificatePolicy | undefined;
  /** The check of these clients. It is told of each handshake. */
  readonly check: ClientCheck | undefined;
  readonly known: KnownPeers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface AdmissionListener {
  readonly server: Server;
  /** Cuts every connection, also those in the middle of their handshake, which Node's own call leaves open. */
  readonly cut: () => void;
  /** Ends the watch on certificates and connections. The owner of the server closes the server itself. */
  readonly release: () => void;
}

/**
 * Makes the TLS server of the admission port. It speaks TLS 1.2 or newer, and HTTP/1.1 only, as the API server does. A new
 * certificate is used for new connections, and the others go on. Authorities of clients are used for new ones as well; for the others
 * client-certificate.ts looks at each request.
 */
export function createAdmissionListener(app: RequestListener, parts: ListenerParts): AdmissionListener {
  const { certificate, clients, check, known, clock, logger, metrics } = parts;
  const { requestHeadMs, strangersTurnMs, ...times } = connectionTimes;
  const { isKnown } = known;
  const secure = ({ cert, key }: ServingKeyPair) => ({
    cert,
    key,
    minVersion: "TLSv1.2" as const,
    ...(clients === undefined ? {} : { ca: clients.authorities.current() }),
  });
  const options = { ...secure(certificate.current()), ...times, ALPNProtocols: ["http/1.1"], noDelay: true };
  const server = createServer({ ...options, requestCert: clients !== undefined, rejectUnauthorized: false }, app);
  const { cut } = gateConnections(server, {
    maxConnections,
    isKnown,
    deferStrangers: yieldingTurns(clock, strangersTurnMs),
    onLimit: () => {
      metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "limit" });
    },
  });
  if (check !== undefined) server.on("secureConnection", check.secured);
  server.on("tlsClientError", (error) => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "tls" });
    logger.debug({ err: error }, "tls handshake failed");
  });
  const endHeadWatch = watchRequestHeads(server, clock, requestHeadMs, () => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "slow" });
  });
  const renew = (): void => {
    renewSecureContext(server, () => secure(certificate.current()), logger);
  };
  const endCertificate = certificate.onChange(renew);
  const endAuthorities = clients?.authorities.onChange(renew);
  return {
    server,
    cut,
    release() {
      endHeadWatch();
      endCertificate();
      endAuthorities?.();
    },
  };
}
