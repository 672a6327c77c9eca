// A hostile site, another user of the machine or a slow browser meets the server of the page, over real connections.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { askRaw, startViewPage } from "#test/stacks/view/view-page.ts";
import { sampleNetwork, sampleRouter } from "#test/fixtures/view/view-samples.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { defaultLiveLimits } from "#src/view/live/live-stream.ts";
import { until } from "#test/assertions/until.ts";
import { openLiveEvents } from "#test/stacks/view/live-events.ts";

const codeOf = (text: string): unknown => (JSON.parse(text) as { code?: unknown }).code;

test("nothing is shown without the link, and the link works once", async () => {
  await using page = await startViewPage([]);
  const { port } = page;
  for (const path of ["/", "/api/events", "/api/networks/blue", "/index.html"]) {
    const { status, text } = await askRaw(port, path);
    assert.deepEqual([status, codeOf(text)], [401, "NoSession"], path);
  }
  const link = `/?token=${page.access.token ?? ""}`;
  const first = await askRaw(port, link);
  assert.equal(first.status, 303);
  assert.equal(first.headers["location"], "/");
  const again = await askRaw(port, link);
  assert.deepEqual([again.status, again.headers["set-cookie"]], [401, undefined]);
  const headers = { cookie: String(first.headers["set-cookie"]).split(";")[0] ?? "" };
  assert.equal((await askRaw(port, "/", { headers })).status, 200);
  assert.equal((await askRaw(port, link, { headers })).status, 303, "who has the cookie may keep the link");
});

test("a link with a wrong token is refused, and does not use up the right one", async () => {
  await using page = await startViewPage([]);
  for (const token of ["", "x", "a&token=b"]) assert.equal((await askRaw(page.port, `/?token=${token}`)).status, 401);
  assert.notEqual(await page.login(), "");
});

test("a name of somebody else that leads here, and a script of somebody else, get nothing", async () => {
  await using page = await startViewPage([sampleRouter("a")]);
  const { port } = page;
  const cookie = await page.login();
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `[::1]:${port}`]) {
    const { status, text } = await askRaw(port, "/api/events", { headers: { cookie, host } });
    assert.deepEqual([status, codeOf(text)], [403, "WrongHost"], host);
  }
  for (const headers of [{ origin: "http://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }]) {
    const { status, text } = await askRaw(port, "/api/events", { headers: { cookie, ...headers } });
    assert.deepEqual([status, codeOf(text)], [403, "WrongOrigin"]);
  }
});

test("nothing but GET is answered", async () => {
  await using page = await startViewPage([]);
  const cookie = await page.login();
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await askRaw(page.port, "/api/networks/blue", { method, headers: { cookie } });
    assert.deepEqual([answer.status, answer.headers["allow"]], [405, "GET"], method);
  }
});

test("no path leads out of the files of the page", async () => {
  await using page = await startViewPage([]);
  const headers = { cookie: await page.login() };
  const paths = [
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "//etc/passwd",
    "/%00",
    "/a\\..\\b",
  ];
  for (const path of paths) assert.equal((await askRaw(page.port, path, { headers })).status, 404, path);
  assert.equal((await askRaw(page.port, "/api/networks/%ff", { headers })).status, 400);
});

test("each answer has the headers that keep others out", async () => {
  await using page = await startViewPage([]);
  const headers = { cookie: await page.login() };
  for (const [path, sent] of [
    ["/", headers],
    ["/", {}],
    ["/api/activity", headers],
    ["/nothing", headers],
  ] as const) {
    const answer = await askRaw(page.port, path, { headers: sent });
    assert.match(String(answer.headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(String(answer.headers["content-security-policy"]), /unsafe|https?:/);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["x-powered-by"], undefined);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  }
});

test("an answer that fails says what is wrong, and names of others stay text", async () => {
  await using page = await startViewPage([]);
  const headers = { cookie: await page.login() };
  const { status, text, headers: told } = await askRaw(page.port, "/api/networks/%3Cimg%3E", { headers });
  assert.equal(status, 404);
  assert.match(String(told["content-type"]), /^application\/json/);
  assert.doesNotMatch(text, /[<>]/);
  assert.equal((JSON.parse(text) as { message: string }).message, "there is no network <img>");
  assert.equal((await askRaw(page.port, "/api/activity", { headers })).status, 500);
});

/** Opens a stream of events and reads nothing until it is told to. */
function openEvents(port: number, cookie: string) {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`);
  return socket;
}

test("a browser that does not read is cut off, and others go on", async () => {
  const limits = { maxPages: 4, backlogBytes: 1_048_576, heartbeatMs: 60_000 };
  await using page = await startViewPage([sampleRouter("a")], { limits });
  const cookie = await page.login();
  const slow = openEvents(page.port, cookie);
  const reader = openEvents(page.port, cookie);
  let got = 0;
  reader.on("data", (chunk: Buffer) => {
    got += chunk.length;
  });
  reader.resume();
  await until(() => page.live.size === 2);
  const message = "x".repeat(524_288);
  let sent = 0;
  await until(() => {
    const before = got;
    page.live.send("change", { at: "", items: [sampleNetwork("a", { message })], gone: [] });
    sent += message.length;
    return page.live.size === 1 && got >= before;
  });
  await until(() => got >= sent);
  slow.destroy();
  reader.destroy();
});

test("a browser hears that the server is there although nothing changes", async () => {
  const limits = { maxPages: 4, backlogBytes: 1, heartbeatMs: 20 };
  await using page = await startViewPage([], { limits });
  await using events = await openLiveEvents(page.port, await page.login());
  await until(() => /\nevent: beat\ndata: \{"at":"[^"]+"\}\n/.test(events.text));
});

test("a browser that takes nothing between two heartbeats is cut off", async () => {
  const limits = { maxPages: 4, backlogBytes: 1_073_741_824, heartbeatMs: 20 };
  const clock = new ManualClock();
  const message = "x".repeat(32 * 1_048_576);
  await using page = await startViewPage([sampleNetwork("a", { message })], { limits, clock });
  const slow = openEvents(page.port, await page.login());
  await until(() => page.live.size === 1);
  await until(async () => {
    await clock.advance(20);
    return page.live.size === 0;
  });
  slow.destroy();
});

test("a browser that takes nothing is cut off, although a small change comes between two heartbeats", async () => {
  const clock = new ManualClock();
  const message = "x".repeat(32 * 1_048_576);
  await using page = await startViewPage([sampleNetwork("a", { message })], { clock });
  const slow = openEvents(page.port, await page.login());
  await until(() => page.live.size === 1);
  await until(async () => {
    page.live.send("change", { at: "", items: [], gone: ["network/b"] });
    await clock.advance(defaultLiveLimits.heartbeatMs);
    return page.live.size === 0;
  }, 10_000);
  slow.destroy();
});

test("a browser that reads slowly is not cut off, however many heartbeats its snapshot takes", async () => {
  const clock = new ManualClock();
  const { heartbeatMs } = defaultLiveLimits;
  const megabyte = 1_048_576;
  await using page = await startViewPage([sampleNetwork("a", { message: "x".repeat(40 * megabyte) })], { clock });
  const slow = openEvents(page.port, await page.login());
  let [got, wanted] = [0, 0];
  slow.on("data", (chunk: Buffer) => {
    got += chunk.length;
    if (got >= wanted) slow.pause();
  });
  // Each step is more than the buffers of a connection hold back.
  while (wanted < 32 * megabyte) {
    wanted += 8 * megabyte;
    slow.resume();
    await until(() => got >= wanted);
    await clock.advance(heartbeatMs);
    assert.equal(page.live.size, 1, `cut off after ${got} bytes`);
  }
  slow.destroy();
});

test("no more pages are open than the limit says", async () => {
  await using page = await startViewPage([], { limits: { maxPages: 2, backlogBytes: 1, heartbeatMs: 60_000 } });
  const cookie = await page.login();
  const open = [openEvents(page.port, cookie), openEvents(page.port, cookie)];
  await until(() => page.live.isFull);
  const { status, text } = await askRaw(page.port, "/api/events", { headers: { cookie } });
  assert.deepEqual([status, codeOf(text)], [503, "TooMany"]);
  for (const socket of open) socket.destroy();
  await until(() => page.live.size === 0);
});
