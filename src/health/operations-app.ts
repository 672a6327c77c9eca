// Serves the health, the readiness and the metrics of a process.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Metrics } from "#src/core/metrics.ts";

export interface OperationsParts {
  readonly metrics: Metrics;
  /**
   * The reasons why the process cannot serve yet, for people. It is ready when there is none. A lost connection to NB is no
   * reason: a webhook that is ready can tell users what is wrong.
   */
  readonly notReady: () => readonly string[];
  /** Brings the gauges up to date. */
  readonly beforeScrape: () => void | Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics` for the kubelet and for Prometheus. They have a plain HTTP port of their own,
 * because neither client has the certificate that the admission port may ask for, because the NetworkPolicy of that port lets
 * in the API server only, and because a flood of reviews must not fail a probe. A framework would cost more memory on each node than
 * all that is served here.
 */
export function createOperationsApp(parts: OperationsParts): RequestListener {
  return (request, response) => {
    answer(parts, request).then(
      (found) => {
        write(response, found);
      },
      (error: unknown) => {
        write(response, plain(500, String(error)));
      },
    );
  };
}

async function answer({ metrics, notReady, beforeScrape }: OperationsParts, request: IncomingMessage): Promise<Answer> {
  const path = request.url?.split("?")[0];
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && path === "/healthz") return plain(200, "ok");
  if (isRead && path === "/readyz") {
    const reasons = notReady();
    return reasons.length === 0 ? plain(200, "ok") : plain(503, `not ready: ${reasons.join("; ")}`);
  }
  if (isRead && path === "/metrics") {
    await beforeScrape();
    return { status: 200, type: metrics.registry.contentType, text: await metrics.registry.metrics() };
  }
  return plain(404, "there is /healthz, /readyz and /metrics");
}

function plain(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", text: `${text}\n` };
}

function write(response: ServerResponse, { status, type, text }: Answer): void {
  // Node leaves the body out in answer to HEAD.
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}
