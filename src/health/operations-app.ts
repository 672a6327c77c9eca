// Serves the health, the readiness and the metrics of a process.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Clock } from "#src/core/clock.ts";
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
  readonly clock: Clock;
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
  const scrapes = new Scrapes(parts);
  return (request, response) => {
    answer(parts, scrapes, request).then(
      (found) => {
        write(response, found);
      },
      (error: unknown) => {
        write(response, plain(500, String(error)));
      },
    );
  };
}

async function answer(
  { metrics, notReady }: OperationsParts,
  scrapes: Scrapes,
  request: IncomingMessage,
): Promise<Answer> {
  const path = request.url?.split("?")[0];
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && path === "/healthz") return plain(200, "ok");
  if (isRead && path === "/readyz") {
    const reasons = notReady();
    return reasons.length === 0 ? plain(200, "ok") : plain(503, `not ready: ${reasons.join("; ")}`);
  }
  if (isRead && path === "/metrics") {
    return { status: 200, type: metrics.registry.contentType, text: await scrapes.text() };
  }
  return plain(404, "there is /healthz, /readyz and /metrics");
}

/** Scrapes take at most this part of the time, however many ask how often. Between them the last text is given again. */
const scrapeShare = 0.1;
const longestKeptMs = 1_000;

class Scrapes {
  readonly #parts: OperationsParts;
  #last: Promise<string> | undefined;
  /** Undefined while a scrape is under way. */
  #keptUntilMs: number | undefined = 0;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  text(): Promise<string> {
    const isKept = this.#keptUntilMs === undefined || this.#parts.clock.monotonicMs() < this.#keptUntilMs;
    if (this.#last === undefined || !isKept) this.#last = this.#scrape();
    return this.#last;
  }

  async #scrape(): Promise<string> {
    const { metrics, beforeScrape, clock } = this.#parts;
    const startMs = clock.monotonicMs();
    this.#keptUntilMs = undefined;
    try {
      await beforeScrape();
      return await metrics.registry.metrics();
    } finally {
      const endMs = clock.monotonicMs();
      this.#keptUntilMs = endMs + Math.min(longestKeptMs, (endMs - startMs) * (1 / scrapeShare - 1));
    }
  }
}

function plain(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", text: `${text}\n` };
}

function write(response: ServerResponse, { status, type, text }: Answer): void {
  // Node leaves the body out in answer to HEAD.
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}
