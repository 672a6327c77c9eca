import assert from "node:assert/strict";
import { test } from "node:test";
import supertest from "supertest";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { createOperationsApp } from "#src/health/operations-app.ts";

function client(reasons: string[]) {
  const metrics = createMetrics();
  const beforeScrape = (): void => {
    metrics.set("ovn4nfv_webhook_in_flight", {}, 3);
  };
  return supertest(createOperationsApp({ metrics, notReady: () => reasons, beforeScrape, clock: systemClock }));
}

test("alive is always alive, also when not ready", async () => {
  await client(["first sync of the Northbound index"]).get("/healthz").expect(200, "ok\n");
});

test("readiness says every reason against it", async () => {
  const reasons = ["draining", "first sync of the Northbound index"];
  const web = client(reasons);
  await web.get("/readyz").expect(503, "not ready: draining; first sync of the Northbound index\n");
  reasons.length = 0;
  await web.get("/readyz").expect(200, "ok\n");
});

test("metrics are brought up to date for each scrape", async () => {
  const response = await client([]).get("/metrics").expect(200);
  assert.match(response.headers["content-type"] as string, /^text\/plain; version=/);
  assert.match(response.text, /^ovn4nfv_webhook_in_flight 3$/m);
});

test("other paths are answered as unknown, without headers that name the software", async () => {
  const response = await client([]).get("/").expect(404);
  assert.equal(response.headers["x-powered-by"], undefined);
});
