import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import supertest from "supertest";
import { systemClock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { peerParts } from "#test/fixtures/webhooks/peer-parts.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { allowed } from "#webhooks/admission/response.ts";
import { peerOf } from "#webhooks/peers/peer-address.ts";
import { WorkTurns } from "#webhooks/peers/work-turns.ts";
import { type AdmissionEntry, admissionRoute, type RouteParts } from "#webhooks/server/admission-route.ts";
import { createClientCheck } from "#webhooks/server/client-certificate.ts";
import type { Delivery } from "#webhooks/server/delivery.ts";

/** Serves a route on a server of its own, without the app around it. */
function served(entry: Partial<AdmissionEntry> = {}, more: Partial<RouteParts> = {}) {
  const metrics = createMetrics();
  const parts: RouteParts = {
    ...peerParts(),
    bodyLimits: { maxBodyBytes: 4_096, bodyTimeoutMs: 5_000 },
    clients: undefined,
    marginMs: 1_000,
    draining: () => false,
    open: new Set<Delivery>(),
    clock: systemClock,
    logger: silentLogger,
    metrics,
    ...more,
  };
  const route = admissionRoute({ name: "pods", path: "/", handler: () => Promise.resolve(allowed()), ...entry }, parts);
  const server = createServer((request, response) => void route(request, response));
  const post = (body: string, type = "application/json") =>
    supertest(server).post("/?timeout=10s").set("content-type", type).send(body);
  const counted = async (line: RegExp) => {
    assert.match(await metrics.registry.metrics(), line);
  };
  return { server, post, parts, counted };
}

const review = JSON.stringify(podReview({ uid: "u-1" }));

describe("the route of one entry", () => {
  it("serves a review, counts it, and leaves nothing open", async () => {
    const { post, parts, counted } = served();
    await post(review).expect(200);
    await counted(/ovn4nfv_admission_requests_total\{entry="pods",result="allowed"\} 1/);
    assert.equal(parts.open.size, 0);
  });

  it("neither parses nor decides a review whose peer hung up while it waited for its turn", async () => {
    const coming: (() => void)[] = [];
    const turns = new WorkTurns({ isKnown: () => false, defer: (turn) => void coming.push(turn) });
    const { promise: queued, resolve: isQueued } = Promise.withResolvers<undefined>();
    const { promise: taken, resolve: isTaken } = Promise.withResolvers<undefined>();
    const next = turns.next.bind(turns);
    turns.next = async (peer, costMs) => {
      isQueued(undefined);
      await next(peer, costMs);
      isTaken(undefined);
    };
    // It takes the whole slice of this turn.
    turns.run("192.0.2.1", 2, () => undefined);
    const asked: string[] = [];
    const handler = ({ uid }: { uid: string }) => Promise.resolve((asked.push(uid), allowed()));
    const { server, parts } = served({ handler }, { turns });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const headers = { "content-type": "application/json" };
    const client = httpRequest({ host: "127.0.0.1", port, method: "POST", headers, agent: false });
    client.on("error", () => undefined).end(review);
    await queued;
    const [delivery] = parts.open;
    assert.ok(delivery);
    client.destroy();
    await once(delivery.signal, "abort");
    for (const turn of coming) turn();
    await taken;
    const closed = once(server, "close");
    server.close();
    await closed;
    assert.deepEqual([asked, parts.load.requests, parts.open.size], [[], 0, 0]);
  });

  it("gives its handler only the part of the object that it looks at", async () => {
    const seen: unknown[] = [];
    const { post } = served({
      view: ({ spec }) => ({ spec: spec ?? null }),
      handler: ({ object }) => Promise.resolve((seen.push(object), allowed())),
    });
    await post(review).expect(200);
    assert.deepEqual(seen, [{ spec: {} }]);
  });

  it("refuses a review of two million empty objects before it parses it", async () => {
    const { post, counted } = served({}, { bodyLimits: { maxBodyBytes: 7 * 1024 ** 2, bodyTimeoutMs: 60_000 } });
    const many = podReview({ object: { spec: Array.from({ length: 2_000_000 }, () => ({})) } });
    const { text } = await post(JSON.stringify(many)).expect(413);
    assert.match(text, /2000\d{3} values, and it may have 262144/);
    await post("[".repeat(10_000)).expect(413);
    await counted(/ovn4nfv_webhook_rejections_total\{rejection="BodyTooComplex"\} 2/);
  });

  it("counts the memory of the parsed review, and refuses it when that is too much", async () => {
    const { post } = served({}, peerParts({ limits: { maxRequests: 10, maxBodyBytes: 40_000 } }));
    await post(JSON.stringify(podReview({ object: { spec: { list: "0,".repeat(1_000) } } }))).expect(200);
    await post(JSON.stringify(podReview({ object: { spec: { list: Array(1_000).fill(0) } } }))).expect(503);
  });

  it("reads half as much for an entry without old objects", async () => {
    const padded = JSON.stringify(podReview({ object: { spec: { text: "x".repeat(2_048) } } }));
    await served({ createOnly: true }).post(padded).expect(413);
    await served().post(padded).expect(200);
  });

  it("rejects what is no JSON by its type, and what is no review by its text", async () => {
    const { post, counted } = served();
    await post(review, "text/plain").expect(415);
    await post("{}").expect(400);
    await counted(/ovn4nfv_webhook_rejections_total\{rejection="WrongContentType"\} 1/);
    await counted(/ovn4nfv_webhook_rejections_total\{rejection="Undecodable"\} 1/);
  });

  it("asks for a certificate of the client before it reads the body", async () => {
    const authorities = { current: () => "", onChange: () => () => {} };
    const { post, counted } = served(
      {},
      { clients: createClientCheck({ authorities, allowedNames: ["kube-apiserver"] }, systemClock) },
    );
    await post(review).expect(401);
    await counted(/rejection="ClientCertificateMissing"/);
  });

  it("takes a peer for an API server by what it was answered for a create, and never for a change of a stored pod", async () => {
    for (const createOnly of [true, false]) {
      const parts = peerParts();
      const handler = () => Promise.resolve({ ...allowed(), auditAnnotations: { allocation: "01POD" } });
      await served({ createOnly, handler }, parts).post(review).expect(200);
      parts.known.bound("01POD");
      const peers = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].map((address) => parts.known.isKnown(peerOf(address)));
      assert.equal(peers.includes(true), createOnly);
    }
  });

  it("ends the connection with each answer while the server drains", async () => {
    const { post } = served({}, { draining: () => true });
    await post(review).expect(200).expect("connection", "close");
  });

  it("logs a denial with its code, and a defect as an error", async () => {
    const lines: string[] = [];
    const note = (level: string) => (_fields: unknown, message?: string) =>
      void lines.push(`${level}: ${message ?? ""}`);
    const logger = { ...silentLogger, info: note("info"), error: note("error") } as Logger;
    await served({ handler: () => Promise.reject(new Error("a defect")) }, { logger })
      .post(review)
      .expect(200);
    assert.deepEqual(lines, ["error: review failed"]);
  });
});
