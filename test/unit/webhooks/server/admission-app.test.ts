import assert from "node:assert/strict";
import { test } from "node:test";
import supertest from "supertest";
import { systemClock } from "#src/core/clock.ts";
import { refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { peerParts } from "#test/fixtures/webhooks/peer-parts.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { allowed, patched } from "#webhooks/admission/response.ts";
import { createAdmissionApp } from "#webhooks/server/admission-app.ts";
import type { Delivery } from "#webhooks/server/delivery.ts";
import { defaultLoadLimits, type LoadLimits } from "#webhooks/server/load-limit.ts";

interface Setting {
  readonly handler?: AdmissionHandler;
  readonly load?: LoadLimits;
  readonly draining?: boolean;
}

function client({
  handler = () => Promise.resolve(allowed()),
  load = defaultLoadLimits,
  draining = false,
}: Setting = {}) {
  const parts = {
    ...peerParts({ limits: load }),
    bodyLimits: { maxBodyBytes: 4_096, bodyTimeoutMs: 5_000 },
    clients: undefined,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
    draining: () => draining,
    marginMs: 1_000,
    open: new Set<Delivery>(),
  };
  const app = createAdmissionApp([{ name: "pods", path: "/mutate-pods", handler }], parts);
  return { web: supertest(app), ...parts };
}

const post = (web: ReturnType<typeof client>["web"], body: string | object) =>
  web
    .post("/mutate-pods?timeout=10s")
    .set("content-type", "application/json")
    .send(typeof body === "string" ? body : JSON.stringify(body));

test("a review is answered with its own uid, HTTP 200 and JSON", async () => {
  const { web } = client();
  const response = await post(web, podReview({ uid: "u-1" }))
    .expect(200)
    .expect("content-type", "application/json");
  assert.deepEqual(response.body, {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "u-1", allowed: true },
  });
});

test("a refusal is HTTP 200, its code stands in the status only, and the counter knows it", async () => {
  const error = refusal("PoolExhausted", { field: "f", value: "v", reason: "is full", remedy: "wait" });
  const { web, metrics } = client({ handler: () => Promise.reject(error) });
  const response = await post(web, podReview({})).expect(200);
  const { status } = (response.body as { response: { status: { code: number; reason: string } } }).response;
  assert.deepEqual([status.code, status.reason], [409, "PoolExhausted"]);
  const text = await metrics.registry.metrics();
  assert.match(text, /ovn4nfv_admission_requests_total\{entry="pods",result="PoolExhausted"\} 1/);
});

test("the handler gets the raw object, and exactly one hook of its answer is called", async () => {
  const seen: unknown[] = [];
  const handler: AdmissionHandler = (request) => {
    seen.push(request.object?.["spec"]);
    const onHandedOver = (): void => void seen.push("handed over");
    return Promise.resolve(
      patched([], { onHandedOver, rollBack: () => Promise.reject(new Error("must not be called")) }),
    );
  };
  const { web } = client({ handler });
  await post(web, podReview({})).expect(200);
  assert.deepEqual(seen, [{}, "handed over"]);
});

test("a defect of a handler shows neither its message nor a stack", async () => {
  const { web } = client({ handler: () => Promise.reject(new Error("secret at file.ts:1")) });
  const response = await post(web, podReview({})).expect(200);
  assert.doesNotMatch(response.text, /secret|file\.ts|at /);
  assert.match(response.text, /"reason":"Internal"/);
});

test("an answer that cannot be printed is rolled back, and the API server gets a defect as the answer", async () => {
  const rolledBack: string[] = [];
  const rollBack = (): Promise<void> => Promise.resolve(void rolledBack.push("rolled back"));
  const unprintable = [{ op: "add", path: "/metadata/labels", value: 1n as unknown as number }] as const;
  const { web } = client({ handler: () => Promise.resolve(patched(unprintable, { rollBack })) });
  const response = await post(web, podReview({})).expect(500);
  assert.equal((response.body as { reason: string }).reason, "InternalError");
  assert.deepEqual(rolledBack, ["rolled back"]);
});

const unacceptable: readonly (readonly [string, string, number])[] = [
  ["an empty body", "", 400],
  ["text that is not JSON", "{", 400],
  ["JSON of another kind", '{"kind":"Pod"}', 400],
  ["a body over the limit", JSON.stringify(podReview({ object: { pad: "x".repeat(5_000) } })), 413],
];

for (const [name, body, status] of unacceptable) {
  test(`${name} is HTTP ${status} with a Status, without Retry-After`, async () => {
    const { web } = client();
    const response = await post(web, body).expect(status);
    assert.equal((response.body as { code: number }).code, status);
    assert.equal(response.headers["retry-after"], undefined);
  });
}

test("another content type, or a compressed body, is 415", async () => {
  const { web } = client();
  const body = JSON.stringify(podReview({}));
  for (const type of ["text/plain", "application/jsonx", "application/x-www-form-urlencoded"]) {
    await web.post("/mutate-pods").set("content-type", type).send(body).expect(415);
  }
  await post(web, body).set("content-encoding", "gzip").expect(415);
  await post(web, body).set("content-type", "application/json; charset=utf-8").expect(200);
});

test("other methods are 405 and name the right one; other paths are 404; both are JSON", async () => {
  const { web } = client();
  const wrong = await web.get("/mutate-pods").expect(405).expect("allow", "POST");
  assert.equal((wrong.body as { reason: string }).reason, "MethodNotAllowed");
  for (const path of ["/", "/healthz", "/mutate", "/%ff"]) {
    const unknown = await web.post(path).expect(404);
    assert.equal((unknown.body as { reason: string }).reason, "NotFound");
  }
});

test("over the limit of reviews, or of bytes of bodies, the answer is 503 without Retry-After", async () => {
  for (const load of [
    { maxRequests: 0, maxBodyBytes: 1_000_000 },
    { maxRequests: 10, maxBodyBytes: 10 },
  ]) {
    const { web } = client({ load });
    const response = await post(web, podReview({})).expect(503);
    assert.equal(response.headers["retry-after"], undefined);
  }
});

test("while draining each answer ends its connection", async () => {
  await post(client({ draining: true }).web, podReview({})).expect("connection", "close");
});

test("what a review took of the limits is given back, whatever its end", async () => {
  const { web, load, open } = client();
  for (const body of ["{", JSON.stringify(podReview({})), "x".repeat(10_000)]) await post(web, body);
  assert.deepEqual([load.requests, open.size], [0, 0]);
});
