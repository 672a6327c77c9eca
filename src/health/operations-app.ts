// Serves the health, the readiness and the metrics of a process.
import express, { type Express, type Response } from "express";
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

/**
 * Serves `/healthz`, `/readyz` and `/metrics` for the kubelet and for Prometheus. They have a plain HTTP port of their own,
 * because neither client has the certificate that the admission port may ask for, because the NetworkPolicy of that port lets
 * in the API server only, and because a flood of reviews must not fail a probe.
 */
export function createOperationsApp({ metrics, notReady, beforeScrape }: OperationsParts): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  app.get("/healthz", (_request, response) => {
    plain(response, 200, "ok");
  });
  app.get("/readyz", (_request, response) => {
    const reasons = notReady();
    if (reasons.length === 0) plain(response, 200, "ok");
    else plain(response, 503, `not ready: ${reasons.join("; ")}`);
  });
  app.get("/metrics", async (_request, response) => {
    await beforeScrape();
    response.setHeader("content-type", metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
  app.use((_request, response) => {
    plain(response, 404, "there is /healthz, /readyz and /metrics");
  });
  return app;
}

function plain(response: Response, status: number, text: string): void {
  response.status(status).type("text/plain").end(`${text}\n`);
}
