// What every process serves about itself: its health, its readiness and its metrics.
import express, { type Express, type Response } from "express";
import type { Metrics } from "#src/core/metrics.ts";

export interface OperationsParts {
  readonly metrics: Metrics;
  /**
   * Why we cannot serve reviews yet, for people; empty = ready. A lost NB is no reason: a ready webhook can say what is
   * wrong.
   */
  readonly notReady: () => readonly string[];
  /** Brings gauges up to date. */
  readonly beforeScrape: () => void;
}

/**
 * `/healthz`, `/readyz` and `/metrics`, for the kubelet and for Prometheus. On a plain port of its own: neither has
 * the client certificate that the admission port may ask for, the NetworkPolicy of that port lets in the API server
 * only, and a flood of reviews must not fail a probe.
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
    beforeScrape();
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
