import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeConfigAccess } from "#src/kube/client/credentials.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { type KeyPair, selfSigned, startTlsApiServer } from "./tls-api-server.ts";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

interface UserChoice {
  readonly token?: string;
  readonly pair?: KeyPair;
}

function kubeConfig(url: string, ca: string, user: UserChoice): KubeConfig {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const config = new KubeConfig();
  const { token, pair } = user;
  config.loadFromClusterAndUser(
    { name: "c", server: url, caData: base64(ca), skipTLSVerify: false },
    {
      name: "u",
      ...(token === undefined ? {} : { token }),
      ...(pair === undefined ? {} : { certData: base64(pair.cert), keyData: base64(pair.key) }),
    },
  );
  return config;
}

async function setUp(t: TestContext, serve: Serve, user: UserChoice = { token: "secret" }, clientCa?: string) {
  const server = await startTlsApiServer(serve, clientCa);
  const config = kubeConfig(server.url, server.ca, user);
  const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
  t.after(async () => {
    client.close();
    await server.close();
  });
  return { server, client, config };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

const get = { method: "GET", path: "/x" } as const;

test("a hundred calls one after the other cost one handshake", async (t) => {
  const { server, client } = await setUp(t, (_, response) => {
    json(response, 200, { ok: true });
  });
  for (let call = 0; call < 100; call += 1) assert.deepEqual(await client.request(get), { ok: true });
  assert.equal(server.handshakes, 1);
});

test("calls at once never use more than the allowed connections", async (t) => {
  const server = await startTlsApiServer((_, response) => {
    json(response, 200, {});
  });
  const config = kubeConfig(server.url, server.ca, { token: "t" });
  const client = new HttpsApiClient({
    config,
    clock: systemClock,
    metrics: createMetrics(),
    userAgent: "test/1",
    maxConnections: 4,
  });
  t.after(async () => {
    client.close();
    await server.close();
  });
  await Promise.all(Array.from({ length: 200 }, () => client.request(get)));
  assert.ok(server.handshakes <= 4, `${server.handshakes} handshakes`);
});

test("token, user agent, body and content type reach the server", async (t) => {
  const { client } = await setUp(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      json(response, 200, { headers: request.headers, url: request.url, body: Buffer.concat(chunks).toString() });
    });
  });
  const echo = (await client.request({
    method: "PATCH",
    path: "/a/b",
    query: { fieldManager: "m" },
    body: { ä: 1 },
    contentType: "application/merge-patch+json",
  })) as { headers: Record<string, string>; url: string; body: string };
  assert.equal(echo.headers["authorization"], "Bearer secret");
  assert.equal(echo.headers["user-agent"], "test/1");
  assert.equal(echo.headers["content-type"], "application/merge-patch+json");
  assert.equal(echo.url, "/a/b?fieldManager=m");
  assert.equal(echo.body, '{"ä":1}');
});

test("a client certificate of the kubeconfig is shown", async (t) => {
  const pair = selfSigned("alice");
  const { client } = await setUp(
    t,
    (request, response) => {
      json(response, 200, { authorized: (request.socket as unknown as { authorized: boolean }).authorized });
    },
    { pair },
    pair.cert,
  );
  assert.deepEqual(await client.request(get), { authorized: true });
});

test("a server with another certificate is not spoken to", async (t) => {
  const { server } = await setUp(t, (_, response) => {
    json(response, 200, {});
  });
  const config = kubeConfig(server.url, selfSigned("other").cert, { token: "t" });
  const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
  t.after(() => {
    client.close();
  });
  await assert.rejects(client.request(get), (error) => apiErrorDetails(error)?.reason === "Unreachable");
});

test("a Status answer becomes a KubeApiError with its reason", async (t) => {
  const status = { kind: "Status", code: 404, reason: "NotFound", message: 'pods "a" not found' };
  const { client } = await setUp(t, (_, response) => {
    json(response, 404, status);
  });
  await assert.rejects(client.request(get), (error) => {
    assert.deepEqual(apiErrorDetails(error), {
      status: 404,
      reason: "NotFound",
      message: status.message,
      retryAfterSeconds: undefined,
    });
    return true;
  });
});

test("a throttled call waits as long as the server says and is tried again", async (t) => {
  let calls = 0;
  const { client } = await setUp(t, (_, response) => {
    calls += 1;
    if (calls < 3) json(response, 429, {}, { "retry-after": "0" });
    else json(response, 200, { calls });
  });
  assert.deepEqual(await client.request({ ...get, method: "POST" }), { calls: 3 });
});

test("a throttled call whose deadline comes first fails at once", async (t) => {
  const { client } = await setUp(t, (_, response) => {
    json(response, 429, {}, { "retry-after": "60" });
  });
  await assert.rejects(client.request({ ...get, deadlineMs: systemClock.monotonicMs() + 5000 }), {
    code: "KubeApiError",
  });
});

test("a refused token is read again once", async (t) => {
  const seen: (string | undefined)[] = [];
  const { server, config } = await setUp(t, (request, response) => {
    seen.push(request.headers.authorization);
    json(response, request.headers.authorization === "Bearer fresh" ? 200 : 401, {});
  });
  const rotating: KubeConfigAccess = {
    getCurrentCluster: () => config.getCurrentCluster(),
    async applyToHTTPSOptions(options) {
      await config.applyToHTTPSOptions(options);
      if (seen.length > 0) options.headers = { authorization: "Bearer fresh" };
    },
  };
  const options = { clock: systemClock, metrics: createMetrics(), userAgent: "test/1" };
  const client = new HttpsApiClient({ config: rotating, ...options });
  t.after(() => {
    client.close();
  });
  assert.equal(server.handshakes, 0);
  await client.request(get);
  assert.deepEqual(seen, ["Bearer secret", "Bearer fresh"]);
});

test("a refused fresh token is an error, not a loop", async (t) => {
  let calls = 0;
  const { client } = await setUp(t, (_, response) => {
    calls += 1;
    json(response, 401, {});
  });
  await assert.rejects(client.request(get), (error) => apiErrorDetails(error)?.status === 401);
  assert.equal(calls, 2);
});

test("a read on a connection that the server closed meanwhile is tried again", async (t) => {
  let calls = 0;
  const { client } = await setUp(t, (request, response) => {
    calls += 1;
    if (calls === 2) request.socket.destroy();
    else json(response, 200, { calls });
  });
  await client.request(get);
  assert.deepEqual(await client.request(get), { calls: 3 });
});

test("a write on a connection that broke is not repeated behind the caller's back", async (t) => {
  let calls = 0;
  const { client } = await setUp(t, (request, response) => {
    calls += 1;
    if (calls === 2) request.socket.destroy();
    else json(response, 200, {});
  });
  await client.request(get);
  await assert.rejects(
    client.request({ ...get, method: "POST" }),
    (error) => apiErrorDetails(error)?.reason === "Unreachable",
  );
  assert.equal(calls, 2);
});

test("a server that never answers costs the deadline, not more", async (t) => {
  const { client } = await setUp(t, () => {});
  await assert.rejects(client.request({ ...get, deadlineMs: systemClock.monotonicMs() + 100 }), {
    code: "DeadlineExceeded",
  });
});

test("an answer that stops in the middle costs the deadline too", async (t) => {
  const { client } = await setUp(t, (_, response) => {
    response.writeHead(200);
    response.write("{");
  });
  await assert.rejects(client.request({ ...get, deadlineMs: systemClock.monotonicMs() + 100 }), {
    code: "DeadlineExceeded",
  });
});

test("a caller that gives up ends the call", async (t) => {
  const arrived = Promise.withResolvers<undefined>();
  const { client } = await setUp(t, () => {
    arrived.resolve(undefined);
  });
  const controller = new AbortController();
  const call = client.request({ ...get, signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await assert.rejects(call, { code: "Aborted" });
});

test("a stream gives bytes as they come and ends with the caller's signal", async (t) => {
  const { client } = await setUp(t, (_, response) => {
    response.writeHead(200);
    response.write("one\n");
  });
  const controller = new AbortController();
  const stream = await client.stream({ ...get, signal: controller.signal });
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of stream) {
        seen.push(Buffer.from(chunk).toString());
        controller.abort();
      }
    },
    { name: "AbortError" },
  );
  assert.deepEqual(seen, ["one\n"]);
});

test("a refused stream is the same error as a refused call", async (t) => {
  const { client } = await setUp(t, (_, response) => {
    json(response, 410, { kind: "Status", code: 410, reason: "Expired" });
  });
  await assert.rejects(client.stream(get), (error) => apiErrorDetails(error)?.reason === "Expired");
});

test("an answer that is no JSON is an error that says so", async (t) => {
  const { client } = await setUp(t, (_, response) => {
    response.end("<html>");
  });
  await assert.rejects(client.request(get), /not JSON/);
});

test("nobody listening is Unreachable", async (t) => {
  const { server, client } = await setUp(t, () => {});
  await server.close();
  await assert.rejects(client.request(get), (error) => apiErrorDetails(error)?.reason === "Unreachable");
});

test("an exec plugin of the kubeconfig is run once, and its token shown", async (t) => {
  const seen: (string | undefined)[] = [];
  const { server } = await setUp(t, (request, response) => {
    seen.push(request.headers.authorization);
    json(response, 200, {});
  });
  const answer = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" };
  const script = `console.log(JSON.stringify({...${JSON.stringify(answer)}, status: {token: "of-" + process.pid}}))`;
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: server.url, "certificate-authority-data": btoa(server.ca) } }],
      users: [{ name: "u", user: { exec: { command: process.execPath, args: ["-e", script] } } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
  t.after(() => {
    client.close();
  });
  await client.request(get);
  await client.request(get);
  assert.match(seen[0] ?? "", /^Bearer of-\d+$/);
  assert.equal(seen[1], seen[0]);
});
