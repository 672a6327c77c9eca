import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import tls, { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { createAuthority, issueClient, issueServing } from "#certs/authority.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { allowed } from "#webhooks/admission/response.ts";
import type { ServingKeyPair } from "#webhooks/server/serving-certificate.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { path, sharedPair, startServer } from "#test/stacks/webhooks/started-server.ts";

const withinMs = { timeout: 60_000 };
const options = { validityMs: 3_600_000, clock: systemClock, randomBytes };
const body = JSON.stringify(podReview({}));
const allow = () => Promise.resolve(allowed());

/** A source of key pairs. The test gives the next pair. */
function manualCertificate(first: ServingKeyPair) {
  const listeners = new Set<(pair: ServingKeyPair) => void>();
  let pair = first;
  return {
    current: () => pair,
    onChange: (listener: (pair: ServingKeyPair) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change(next: ServingKeyPair) {
      pair = next;
      for (const listener of listeners) listener(next);
    },
    listeners,
  };
}

/** The authorities of clients. The test changes them. */
function authoritiesOf(first: string) {
  const listeners = new Set<() => void>();
  let bundle = first;
  return {
    current: () => bundle,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change(next: string) {
      bundle = next;
      for (const listener of listeners) listener();
    },
  };
}

async function servedFingerprint(port: number, tls: ConnectionOptions): Promise<string> {
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername: "localhost", ...tls });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test(
  "a new certificate serves new connections, and connections that exist go on without a failed review",
  withinMs,
  async (t) => {
    const [first, second] = await Promise.all([sharedPair(), selfSigned(["localhost"], options)]);
    const certificate = manualCertificate(first);
    const { ports } = await startServer(t, allow, { certificate });
    const client = reviewClient(ports.admission, { ca: [first.ca, second.ca] }, 4);
    t.after(() => {
      client.close();
    });
    const before = await servedFingerprint(ports.admission, { ca: first.ca });
    let failed = 0;
    let served = 0;
    let going = true;
    const load = Array.from({ length: 4 }, async () => {
      while (going) {
        const { status } = await client.post(path, body).catch(() => ({ status: 0 }));
        if (status === 200) served += 1;
        else failed += 1;
      }
    });
    for (let round = 0; round < 6; round += 1) {
      certificate.change(round % 2 === 0 ? second : first);
      const wanted = served + 20;
      while (served < wanted) await client.post(path, body);
      served += 1;
    }
    certificate.change(second);
    going = false;
    await Promise.all(load);
    assert.equal(failed, 0);
    assert.notEqual(await servedFingerprint(ports.admission, { ca: second.ca }), before);
  },
);

test("a pair that the server cannot use leaves the old one in place", withinMs, async (t) => {
  const [first, second] = await Promise.all([sharedPair(), selfSigned(["localhost"], options)]);
  const certificate = manualCertificate(first);
  const { ports } = await startServer(t, allow, { certificate });
  certificate.change({ cert: second.cert, key: first.key });
  await servedFingerprint(ports.admission, { ca: first.ca });
});

test("a closed server does not listen to its certificate any more", withinMs, async (t) => {
  const certificate = manualCertificate(await sharedPair());
  const { server } = await startServer(t, allow, { certificate });
  assert.equal(certificate.listeners.size, 1);
  await server.close();
  assert.equal(certificate.listeners.size, 0);
});

test("clients are let in by authority and name, and each refusal has its own reason", withinMs, async (t) => {
  const clientCa = await createAuthority("client-ca", options);
  const [apiServer, other, stranger, serving] = await Promise.all([
    issueClient(clientCa, "kube-apiserver", options),
    issueClient(clientCa, "somebody", options),
    issueClient(await createAuthority("stranger", options), "kube-apiserver", options),
    issueServing(clientCa, ["kube-apiserver"], options),
  ]);
  const clients = { authorities: authoritiesOf(clientCa.cert), allowedNames: ["kube-apiserver"] as const };
  const { ports, ca } = await startServer(t, allow, { clients });
  const statusOf = async (tls: ConnectionOptions): Promise<number> => {
    const client = reviewClient(ports.admission, { ca, ...tls });
    try {
      return (await client.post(path, body)).status;
    } finally {
      client.close();
    }
  };
  assert.equal(await statusOf({}), 401);
  assert.equal(await statusOf({ cert: other.cert, key: other.key }), 403);
  assert.equal(await statusOf({ cert: stranger.cert, key: stranger.key }), 403);
  assert.equal(await statusOf({ cert: serving.cert, key: serving.key }), 403);
  assert.equal(await statusOf({ cert: apiServer.cert, key: apiServer.key }), 200);
});

test("authorities of clients may change, and new connections are checked with the new ones", withinMs, async (t) => {
  const [before, next] = await Promise.all([createAuthority("before", options), createAuthority("next", options)]);
  const [old, renewed] = await Promise.all([issueClient(before, "a", options), issueClient(next, "a", options)]);
  const authorities = authoritiesOf(before.cert);
  const { ports, ca } = await startServer(t, allow, { clients: { authorities, allowedNames: ["a"] } });
  const statusOf = async ({ cert, key }: ServingKeyPair): Promise<number> => {
    const client = reviewClient(ports.admission, { ca, cert, key });
    try {
      return (await client.post(path, body)).status;
    } finally {
      client.close();
    }
  };
  assert.deepEqual([await statusOf(old), await statusOf(renewed)], [200, 403]);
  authorities.change(before.cert + next.cert);
  assert.deepEqual([await statusOf(old), await statusOf(renewed)], [200, 200]);
  authorities.change(next.cert);
  assert.deepEqual([await statusOf(old), await statusOf(renewed)], [403, 200]);
});

test(
  "a connection of an authority that is removed carries no review more, and those of others go on",
  withinMs,
  async (t) => {
    const [gone, stays] = await Promise.all([createAuthority("gone", options), createAuthority("stays", options)]);
    const [old, other] = await Promise.all([issueClient(gone, "a", options), issueClient(stays, "a", options)]);
    const authorities = authoritiesOf(gone.cert + stays.cert);
    const { ports, ca } = await startServer(t, allow, { clients: { authorities, allowedNames: ["a"] } });
    const sockets: TLSSocket[] = [];
    const clientOf = ({ cert, key }: ServingKeyPair) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
      t.after(() => {
        agent.destroy();
      });
      return async (): Promise<number> => {
        const to = { host: "127.0.0.1", port: ports.admission, path, method: "POST", agent, servername: "localhost" };
        const sent = request({ ...to, headers: { "content-type": "application/json" } }).end(body);
        const [response] = (await once(sent, "response")) as [IncomingMessage];
        const { socket } = response;
        assert.ok(socket instanceof tls.TLSSocket);
        if (!sockets.includes(socket)) sockets.push(socket);
        await once(response.resume(), "end");
        return response.statusCode ?? 0;
      };
    };
    const [byOld, byOther] = [clientOf(old), clientOf(other)];
    assert.deepEqual([await byOld(), await byOther(), await byOld(), await byOther()], [200, 200, 200, 200]);
    const session = sockets[0]?.getSession();
    authorities.change(stays.cert);
    assert.deepEqual([await byOld(), await byOther()], [403, 200]);
    assert.equal(sockets.length, 2, "they were connections that existed before");
    assert.equal(await byOld(), 403, "a new connection");
    assert.equal(sockets.length, 3, "the connection was ended with its answer");
    assert.ok(session);
    const resumed = connect({ host: "127.0.0.1", port: ports.admission, servername: "localhost", ca, session, ...old });
    await once(resumed, "secureConnect");
    resumed.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const [answer] = (await once(resumed, "data")) as [Buffer];
    resumed.destroy();
    assert.match(answer.toString(), /^HTTP\/1.1 403 /);
  },
);

test("TLS before 1.2 is not spoken, whatever Node's defaults allow", withinMs, async (t) => {
  const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls;
  t.after(() => Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS }));
  // These are the settings of --tls-min-v1.0 and --tls-cipher-list. OpenSSL 3 has TLS 1.1 only at security level 0.
  Object.assign(tls, { DEFAULT_MIN_VERSION: "TLSv1", DEFAULT_CIPHERS: "DEFAULT@SECLEVEL=0" });
  const first = await sharedPair();
  const certificate = manualCertificate(first);
  const { ports, ca } = await startServer(t, allow, { certificate });
  const lax = tls.createServer({ cert: first.cert, key: first.key }).listen(0, "127.0.0.1");
  t.after(() => lax.close());
  await once(lax, "listening");
  const connectOld = async (port: number): Promise<string | null> => {
    const old = connect({ host: "127.0.0.1", port, ca, servername: "localhost", maxVersion: "TLSv1.1" });
    await once(old, "secureConnect");
    const spoken = old.getProtocol();
    old.destroy();
    return spoken;
  };
  assert.equal(await connectOld((lax.address() as AddressInfo).port), "TLSv1.1");
  const refused = { code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" };
  await assert.rejects(connectOld(ports.admission), refused);
  certificate.change(first);
  await assert.rejects(connectOld(ports.admission), refused, "after a renewal");
});

test("HTTP/2 is not spoken", withinMs, async (t) => {
  const { ports, ca } = await startServer(t, allow);
  const base = { host: "127.0.0.1", port: ports.admission, ca, servername: "localhost" };
  const modern = connect({ ...base, ALPNProtocols: ["h2", "http/1.1"] });
  await once(modern, "secureConnect");
  assert.equal(modern.alpnProtocol, "http/1.1");
  modern.destroy();
});
