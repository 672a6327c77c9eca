// The entrance of the page of a cluster, over real TLS, with accounts of the test behind it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { RequestListener } from "node:http";
import { request } from "node:https";
import { test, type TestContext } from "node:test";
import { fixedCertificate } from "#certs/certificate-source.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { Account } from "#src/view/server/login/account.ts";
import { TokenGate } from "#src/view/server/login/token-gate.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { createViewApp } from "#src/view/server/view-app.ts";
import { startSharedServer } from "#src/view/server/view-server.ts";
import { FakeAccount } from "#test/fakes/view-account.ts";
import { askRaw, type RawRequest } from "#test/stacks/view/view-page.ts";

async function start(t: TestContext, open: (token: string) => Promise<Account | undefined>) {
  const metrics = createMetrics();
  const parts = { audience: "page", clock: systemClock, logger: silentLogger, metrics, randomBytes };
  const gate = new TokenGate({ accounts: { open }, ...parts });
  const files = await readPageFiles(undefined);
  const authorities = new Set(["view.example"]);
  const app = createViewApp({ gate, authorities: () => authorities, files, logger: silentLogger });
  const pair = await selfSigned(["view.example"], { clock: systemClock, validityMs: 3_600_000, randomBytes });
  const ended = new EventEmitter();
  const listener: RequestListener = (request, response) => {
    response.on("close", () => ended.emit("response"));
    app(request, response);
  };
  const server = await startSharedServer(listener, 0, fixedCertificate(pair), silentLogger);
  t.after(async () => {
    gate.sessions.close();
    await server.close();
  });
  const ask = (path: string, { headers, ...more }: RawRequest = {}) =>
    askRaw(server.port, path, { ...more, isSecure: true, headers: { host: "view.example", ...headers } });
  const form = { "content-type": "application/x-www-form-urlencoded", origin: "https://view.example" };
  const post = (path: string, body: string, headers = {}) =>
    ask(path, { method: "POST", body, headers: { ...form, ...headers } });
  /** Sends a token, and goes away once `heard` is there. */
  const sendAndLeave = async (heard: Promise<unknown>) => {
    const { port } = server;
    const headers = { ...form, host: "view.example" };
    const sent = request({ port, path: "/login", method: "POST", headers, agent: false, rejectUnauthorized: false });
    sent.on("error", () => undefined).end("token=x");
    await heard;
    const gone = once(ended, "response");
    sent.destroy();
    await gone;
  };
  /** The outcomes of which there were any, with their number. */
  const counted = async () => {
    const found = await metrics.registry.getSingleMetric("ovn4nfv_view_logins_total")?.get();
    const values = (found?.values ?? []).filter(({ value }) => value > 0);
    return new Map(values.map(({ labels, value }) => [String(labels["outcome"]), value]));
  };
  return { ask, post, sendAndLeave, counted };
}

const cookieOf = (headers: Readonly<Record<string, unknown>>): string =>
  String(headers["set-cookie"]).split(";")[0] ?? "";

test("a token opens a session, and the end of the session closes it", async (t) => {
  const alice = new FakeAccount("alice");
  const asked: string[] = [];
  const { ask, post } = await start(t, (token) => {
    asked.push(token);
    return Promise.resolve(alice);
  });
  const login = await post("/login", "token=%20a.b-c%0A");
  assert.deepEqual([login.status, login.headers["location"], asked], [303, "/", ["a.b-c"]]);
  assert.match(String(login.headers["set-cookie"]), /; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  const cookie = cookieOf(login.headers);
  assert.equal((await ask("/", { headers: { cookie } })).status, 200);
  assert.match((await ask("/login", { headers: { cookie } })).text, /You are alice/);
  const out = await post("/logout", "", { cookie });
  assert.match(String(out.headers["set-cookie"]), /=; Max-Age=0;/);
  assert.ok(alice.hasEnded);
  assert.equal((await ask("/api/activity", { headers: { cookie } })).status, 401);
});

test("a token that is no longer good ends the session, and one of which nobody says it lets nothing through", async (t) => {
  const alice = new FakeAccount("alice");
  const { ask, post } = await start(t, () => Promise.resolve(alice));
  const headers = { cookie: cookieOf((await post("/login", "token=x")).headers) };
  alice.answer = new PageFaultError("NoAnswer");
  assert.equal((await ask("/api/activity", { headers })).status, 503);
  alice.answer = new Error("the API server broke");
  const broken = await ask("/", { headers });
  assert.deepEqual([broken.status, broken.headers["location"]], [500, undefined]);
  alice.answer = false;
  assert.equal((await ask("/api/activity", { headers })).status, 401);
  alice.answer = true;
  assert.equal((await ask("/api/activity", { headers })).status, 401, "the session does not come back");
});

test("a browser without a session is sent to the form, and everything else is refused", async (t) => {
  const { ask } = await start(t, () => Promise.resolve(undefined));
  const { status, headers } = await ask("/");
  assert.deepEqual([status, headers["location"]], [303, "/login"]);
  for (const path of ["/api/events", "/api/pods/a/b", "/index.html", "/nothing"]) {
    assert.equal((await ask(path)).status, 401, path);
  }
  assert.equal((await ask("/login")).headers["referrer-policy"], "same-origin");
});

test("what is no token is not asked about, and whoever fails often is not heard", async (t) => {
  let asked = 0;
  const { post } = await start(t, () => {
    asked += 1;
    return Promise.resolve(undefined);
  });
  for (const body of ["", "token=", "token=a&token=b", `token=${"x".repeat(16_385)}`, `token=${"x".repeat(40_000)}`]) {
    assert.equal((await post("/login", body)).status, 400, body.slice(0, 20));
  }
  assert.equal((await post("/login", '{"token":"x"}', { "content-type": "application/json" })).status, 400);
  assert.equal(asked, 0);
  for (let i = 0; i < 20; i += 1) assert.equal((await post("/login", `token=${i}`)).status, 401);
  assert.equal((await post("/login", "token=good")).status, 429);
  assert.equal(asked, 20);
});

test("whoever goes away before the answer has failed as well, and has no session", async (t) => {
  const alice = new FakeAccount("alice");
  const asked: PromiseWithResolvers<Account | undefined>[] = [];
  let heard = Promise.withResolvers<undefined>();
  const { post, sendAndLeave } = await start(t, () => {
    const answer = Promise.withResolvers<Account | undefined>();
    asked.push(answer);
    heard.resolve(undefined);
    return answer.promise;
  });
  for (let i = 0; i < 20; i += 1) {
    heard = Promise.withResolvers<undefined>();
    await sendAndLeave(heard.promise);
    asked[i]?.resolve(i === 0 ? alice : undefined);
  }
  assert.ok(alice.hasEnded);
  assert.equal((await post("/login", "token=good")).status, 429);
  assert.equal(asked.length, 20);
});

test("a login of which nobody says anything counts as a failure, so that the log has few of them", async (t) => {
  const { post } = await start(t, () => Promise.reject(new Error("away")));
  for (let i = 0; i < 20; i += 1) assert.equal((await post("/login", "token=x")).status, 503);
  assert.equal((await post("/login", "token=x")).status, 429);
});

test("a form of another site, another method and another name are refused", async (t) => {
  const { ask, post } = await start(t, () => Promise.resolve(new FakeAccount("alice")));
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }]) {
    assert.equal((await post("/login", "token=x", headers)).status, 403);
  }
  assert.equal((await ask("/login", { method: "POST", body: "token=x" })).status, 403, "without an origin");
  assert.equal((await post("/login", "token=x", { host: "view.example:443" })).status, 403);
  assert.equal((await post("/api/activity", "token=x")).status, 405);
});

test("logins are counted by their outcome", async (t) => {
  const { post, counted } = await start(t, (token) => {
    if (token === "down") return Promise.reject(new Error("away"));
    return Promise.resolve(token === "good" ? new FakeAccount("alice") : undefined);
  });
  assert.deepEqual(Object.fromEntries(await counted()), {});
  for (const body of ["token=good", "token=", "token=bad", "token=down"]) await post("/login", body);
  assert.deepEqual(Object.fromEntries(await counted()), { done: 1, malformed: 1, refused: 1, undecided: 1 });
  for (let n = 0; n < 20; n += 1) await post("/login", "token=bad");
  assert.deepEqual(Object.fromEntries(await counted()), {
    done: 1,
    malformed: 1,
    refused: 19,
    undecided: 1,
    limited: 2,
  });
});
