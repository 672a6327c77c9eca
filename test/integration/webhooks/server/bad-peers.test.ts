import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { test } from "node:test";
import { connect } from "node:tls";
import fc from "fast-check";
import { fixedCertificate } from "#certs/certificate-source.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { peerParts } from "#test/fixtures/webhooks/peer-parts.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { allowed } from "#webhooks/admission/response.ts";
import { createAdmissionListener } from "#webhooks/server/admission-listener.ts";
import { watchRequestHeads } from "#webhooks/server/head-watch.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { path, sharedPair, startServer } from "#test/stacks/webhooks/started-server.ts";

const withinMs = { timeout: 90_000 };
const allow = () => Promise.resolve(allowed());
const good = JSON.stringify(podReview({}));

/** Resolves when the server has cut the connection off. That may be by a reset, when data were under way. */
const cutOff = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket
      .on("error", () => undefined)
      .once("close", () => {
        resolve();
      });
  });

/** Bodies that are no review: noise, cut and changed reviews, reviews with fields of wrong kinds, and deep nesting. */
const badBodies = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.json(),
  fc.nat({ max: good.length - 1 }).map((length) => good.slice(0, length)),
  fc.jsonValue().map((uid) => JSON.stringify(podReview({ uid: typeof uid === "string" ? "" : uid }))),
  fc.jsonValue().map((value) => JSON.stringify(podReview({ operation: value }))),
  fc.jsonValue().map((value) => JSON.stringify({ ...podReview({}), request: value })),
  fc.constantFrom("[".repeat(100_000), `${'{"a":'.repeat(50_000)}1`, "\u0000", "\ufeff", "NaN", '{"__proto__":null}'),
);

const isDeep = (body: string): boolean => body.length >= 100_000;

test(
  "500 generated bodies that are no review are HTTP 400 or 413 each, and the server serves on",
  withinMs,
  async (t) => {
    const { ports, ca } = await startServer(t, allow);
    const client = reviewClient(ports.admission, { ca });
    t.after(() => {
      client.close();
    });
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(badBodies, async (body) => {
        sent += 1;
        const { status, json } = await client.post(path, body);
        assert.equal(status, isDeep(body) ? 413 : 400, body.slice(0, 200));
        assert.equal((json as { kind: string }).kind, "Status");
      }),
      { numRuns: 500 },
    );
    assert.ok(sent >= 500);
    assert.equal((await client.post(path, good)).status, 200);
  },
);

test(
  "a body over the limit is 413 for a peer that sends it all, whether it says its length or not",
  withinMs,
  async (t) => {
    const { ports, ca } = await startServer(t, allow);
    const client = reviewClient(ports.admission, { ca });
    t.after(() => {
      client.close();
    });
    const large = JSON.stringify(podReview({ object: { pad: "x".repeat(7 * 1024 * 1024) } }));
    assert.equal((await client.post(path, large)).status, 413);
    assert.equal((await client.post(path, large, { "transfer-encoding": "chunked" })).status, 413);
    const fits = JSON.stringify(podReview({ object: { pad: "x".repeat(6 * 1024 * 1024) } }));
    assert.equal((await client.post(path, fits)).status, 200);
  },
);

test("a peer that stops in the middle of its body gets an answer and is cut off", withinMs, async (t) => {
  const bodyLimits = { maxBodyBytes: 1_000_000, bodyTimeoutMs: 50 };
  const { ports, ca } = await startServer(t, allow, { bodyLimits });
  const socket = connect({ host: "127.0.0.1", port: ports.admission, ca, servername: "localhost" });
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`);
  await cutOff(socket);
  assert.match(received, /^HTTP\/1\.1 408 /);
  assert.match(received, /\r\nconnection: close\r\n/i);
  socket.destroy();
});

test("a peer that trickles its request head is cut off; one that is idle, new or used, is not", withinMs, async (t) => {
  const { cert, key, ca } = await sharedPair();
  const server = createServer({ cert, key }, (_request, response) => response.end("ok"));
  let slow = 0;
  const endWatch = watchRequestHeads(server, systemClock, 200, () => (slow += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    endWatch();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const dial = async () => {
    const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
    socket.on("error", () => undefined).resume();
    t.after(() => socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  const [fresh, used, trickling, second] = await Promise.all([dial(), dial(), dial(), dial()]);
  for (const socket of [used, second]) {
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "data");
  }
  trickling.write("GET / HTTP/1.1\r\nhost: ");
  const timer = setInterval(() => trickling.write("G"), 20);
  t.after(() => {
    clearInterval(timer);
  });
  second.write("GET / HT");
  await Promise.all([cutOff(trickling), cutOff(second)]);
  assert.equal(slow, 2);
  for (const socket of [fresh, used]) {
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "data");
  }
});

test(
  "a peer that never begins its handshake, or speaks plain HTTP, does not disturb the others",
  withinMs,
  async (t) => {
    const { ports, ca } = await startServer(t, allow);
    const silent = connectTcp(ports.admission, "127.0.0.1");
    const plain = connectTcp(ports.admission, "127.0.0.1");
    plain.on("error", () => undefined).resume();
    silent.on("error", () => undefined);
    t.after(() => silent.destroy());
    await once(silent, "connect");
    plain.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await cutOff(plain);
    const client = reviewClient(ports.admission, { ca });
    assert.equal((await client.post(path, good)).status, 200);
    client.close();
  },
);

test("idle connections outlive the 90 seconds of the API server, whether they were used or not", async () => {
  const goIdleMs = 90_000;
  const parts = {
    ...peerParts(),
    clients: undefined,
    check: undefined,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
  };
  const certificate = fixedCertificate(await sharedPair());
  const { server, release } = createAdmissionListener(() => undefined, { ...parts, certificate });
  release();
  const { keepAliveTimeout, headersTimeout, requestTimeout } = server;
  assert.ok(keepAliveTimeout > goIdleMs && headersTimeout > keepAliveTimeout && requestTimeout > headersTimeout);
});

test("a peer that is still in its handshake does not delay the end of the process", withinMs, async (t) => {
  const { server, ports } = await startServer(t, allow);
  const silent = connectTcp(ports.admission, "127.0.0.1");
  silent.on("error", () => undefined).resume();
  await once(silent, "connect");
  const begunMs = performance.now();
  await Promise.all([server.close(), cutOff(silent)]);
  // Node itself would give a handshake 120 s.
  assert.ok(performance.now() - begunMs < 30_000);
});

/** Connects as often as it is told, and prints how many connections were made within half a minute. */
const connector = `
const [port, count] = process.argv.slice(1).map(Number);
let made = 0;
const end = () => { console.log(made); process.exit(); };
setTimeout(end, 30000);
for (let n = 0; n < count; n += 1) {
  require("node:net").connect(port, "127.0.0.1", () => { made += 1; if (made === count) end(); }).on("error", () => {});
}`;

test(
  "a burst of connections leaves room for others while the thread is busy (the API server waited a second)",
  withinMs,
  async (t) => {
    const { ports } = await startServer(t, allow);
    const most = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    const count = Math.min(1_500, most);
    // This thread, which is the server's, does nothing else meanwhile.
    const { stdout } = spawnSync(process.execPath, ["-e", connector, "--", `${ports.admission}`, `${count}`]);
    assert.equal(Number(stdout), count);
  },
);
