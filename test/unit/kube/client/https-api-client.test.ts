// Tests that need no TLS: addresses, connections and faults of the credentials. The others are in test/integration/kube.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { KubeConfigAccess } from "#src/kube/client/credentials.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

async function setUp(t: TestContext, prefix = "", clock: Clock = systemClock) {
  const seen: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    seen.push(request);
    response.end("{}");
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<undefined>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(undefined);
    });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;
  const pair = { cert: "one", broken: false };
  const config: KubeConfigAccess = {
    getCurrentCluster: () => ({ name: "c", server: url, skipTLSVerify: true }),
    applyToHTTPSOptions(options) {
      if (pair.broken) return Promise.reject(new Error("ENOENT: token"));
      options.cert = pair.cert;
      return Promise.resolve();
    },
  };
  const metrics = createMetrics();
  const client = new HttpsApiClient({ config, clock, metrics, userAgent: "test/1" });
  t.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, seen, pair, metrics, connections: () => connections };
}

const get = { method: "GET", path: "/api/v1/pods", query: { limit: 1 } } as const;

test("a server URL with a path of its own keeps it in front", async (t) => {
  const { client, seen } = await setUp(t, "/k8s/clusters/c-1/");
  await client.request(get);
  assert.equal(seen[0]?.url, "/k8s/clusters/c-1/api/v1/pods?limit=1");
});

test("a call without a body has no content type", async (t) => {
  const { client, seen } = await setUp(t);
  assert.deepEqual(await client.request(get), {});
  assert.equal(seen[0]?.headers["content-type"], undefined);
});

test("a renewed client certificate opens new connections, an old one keeps them", async (t) => {
  const clock = new ManualClock();
  const { client, pair, connections } = await setUp(t, "", clock);
  await client.request(get);
  await clock.advance(11_000);
  await client.request(get);
  assert.equal(connections(), 1);
  pair.cert = "two";
  await clock.advance(11_000);
  await client.request(get);
  assert.equal(connections(), 2);
});

test("credentials that cannot be read fail the call and are read again by the next one", async (t) => {
  const { client, pair } = await setUp(t);
  pair.broken = true;
  await assert.rejects(client.request(get), { code: "KubeApiError" });
  pair.broken = false;
  await client.request(get);
});

test("answers are counted by status and method", async (t) => {
  const { client, metrics } = await setUp(t);
  await client.request(get);
  await client.request(get);
  const metric = await metrics.registry.getSingleMetric("rest_client_requests_total")?.get();
  assert.deepEqual(metric?.values, [{ labels: { code: "200", method: "GET" }, value: 2 }]);
});

test("a client that was closed opens connections anew when it is used again", async (t) => {
  const { client, connections } = await setUp(t);
  await client.request(get);
  client.close();
  await client.request(get);
  assert.equal(connections(), 2);
});
