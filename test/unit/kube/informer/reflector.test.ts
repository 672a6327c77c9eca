import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { Reflector, type ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { resources } from "#src/kube/client/resources.ts";
import { listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const expired = { kind: "Status", code: 410, reason: "Expired", message: "too old" };

function start(t: TestContext, options: { watchList?: boolean; firstList?: "cached" | "paged" } = {}) {
  const server = new FakeWatchServer();
  const clock = new ManualClock();
  const metrics = createMetrics();
  const log: string[] = [];
  if (options.watchList === false) {
    server.refuse = (request) => {
      if (request.query?.["sendInitialEvents"] === true) throw statusError(422, "Invalid");
    };
  }
  const settings: ReflectorOptions = {
    name: "pods",
    client: server,
    resource: resources.pods,
    clock,
    logger: silentLogger,
    metrics,
    random: () => 0,
    ...(options.firstList === undefined ? {} : { firstList: options.firstList }),
  };
  const reflector = new Reflector(settings, {
    replace() {
      const names = new Set<string>();
      return {
        put: (object) => names.add(object.metadata.name),
        remove: (object) => names.delete(object.metadata.name),
        commit: () => log.push(`all ${[...names].join(" ")}`),
      };
    },
    apply: ({ type, object }) => log.push(`${type} ${object.metadata.name}`),
  });
  const controller = new AbortController();
  const done = reflector.run(controller.signal);
  t.after(async () => {
    controller.abort();
    await done;
  });
  const relists = async (reason: string): Promise<number> => {
    const metric = await metrics.registry.getSingleMetric("ovn4nfv_kube_watch_relists_total")?.get();
    return metric?.values.find((one) => one.labels["reason"] === reason)?.value ?? 0;
  };
  return { server, clock, log, reflector, controller, done, relists };
}

test("WatchList: initial objects are seen at the closing bookmark, then events", async (t) => {
  const { server, log } = start(t);
  await settled();
  server.watch.send("ADDED", pod("a", "1"));
  server.watch.send("ADDED", pod("b", "2"));
  server.watch.send("DELETED", pod("b", "3"));
  await settled();
  assert.deepEqual(log, []);
  server.watch.bookmark("5", true);
  server.watch.send("MODIFIED", pod("a", "6"));
  await settled();
  assert.deepEqual(log, ["all a", "MODIFIED a"]);
  assert.equal(server.lists.length, 0);
});

test("a server without WatchList is listed from its cache once, and never asked again for it", async (t) => {
  const { server, log, relists } = start(t, { watchList: false });
  server.list = () => listOf([pod("a", "1")], "5");
  await settled();
  assert.deepEqual(log, ["all a"]);
  assert.equal(server.lists[0]?.query?.["resourceVersion"], "0");
  assert.equal(server.watch.request.query?.["resourceVersion"], "5");
  assert.equal(server.watch.request.query["sendInitialEvents"], undefined);
  assert.equal(server.watches.length, 2);
  assert.equal(await relists("start"), 1);
});

test("a controller's first list is paged when it asks for that", async (t) => {
  const { server, log } = start(t, { watchList: false, firstList: "paged" });
  server.list = (request) =>
    request.query?.["continue"] === undefined ? listOf([pod("a", "1")], "5", "t") : listOf([pod("b", "2")], "5");
  await settled();
  assert.deepEqual(log, ["all a b"]);
  assert.deepEqual(
    server.lists.map((one) => one.query?.["limit"]),
    [500, 500],
  );
});

test("a watch that ended is resumed where it was, bookmarks counted, without a read", async (t) => {
  const { server, clock, log } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  server.watch.send("ADDED", pod("a", "6"));
  await settled();
  await clock.advance(60_000);
  server.watch.bookmark("9");
  await settled();
  server.watch.end();
  await settled();
  assert.equal(server.watches.length, 2);
  assert.equal(server.watch.request.query?.["resourceVersion"], "9");
  assert.deepEqual(log, ["all ", "ADDED a"]);
});

test("a watch that ends at once is not opened again in a hot loop", async (t) => {
  const { server, clock } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  const gaps: number[] = [];
  for (let end = 0; end < 7; end += 1) {
    server.watch.end();
    await settled();
    const wait = clock.waiting()[0] ?? 0;
    gaps.push(wait);
    await clock.advance(wait);
    await settled();
  }
  assert.deepEqual(gaps, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
  assert.equal(server.watches.length, 8);
});

test("a watch that brings something is resumed at once, however often the server ends it", async (t) => {
  const { server, clock, log } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  await settled();
  await clock.advance(1_000);
  for (let version = 6; version < 16; version += 1) {
    server.watch.send("MODIFIED", pod("a", `${version}`));
    await clock.advance(1_500);
    const { length } = server.watches;
    server.watch.end();
    await settled();
    assert.equal(server.watches.length, length + 1);
    assert.equal(server.watch.request.query?.["resourceVersion"], `${version}`);
  }
  assert.equal(log.length, 11);
});

test("a watch that brings something and ends at once is resumed soon, and the waits do not grow", async (t) => {
  const { server, clock } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  await settled();
  for (let version = 6; version < 10; version += 1) {
    server.watch.send("MODIFIED", pod("a", `${version}`));
    await settled();
    server.watch.end();
    await settled();
    assert.deepEqual(clock.waiting().slice(0, 1), [800]);
    await clock.advance(800);
    await settled();
  }
});

test("faults are waited out for ever, and a healthy watch starts the back-off anew", async (t) => {
  const { server, clock } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  await settled();
  server.refuse = () => {
    throw statusError(500, "InternalError");
  };
  server.watch.fail(new Error("ECONNRESET"));
  await settled();
  for (let fault = 0; fault < 20; fault += 1) await clock.advance(clock.waiting()[0] ?? 0);
  assert.equal(clock.waiting()[0], 30_000);
  server.refuse = () => undefined;
  await clock.advance(30_000);
  await clock.advance(10_000);
  server.watch.fail(new Error("ECONNRESET"));
  await settled();
  assert.equal(clock.waiting()[0], 800);
});

test("reads that take long and fail are waited out ever longer, because the server is not well", async (t) => {
  const { server, clock } = start(t);
  await settled();
  const gaps: number[] = [];
  for (let read = 0; read < 4; read += 1) {
    // Events of the first read come, and its end does not.
    server.watch.send("ADDED", pod("a", "1"));
    await settled();
    await clock.advance(12_000);
    server.watch.fail(new Error("ECONNRESET"));
    await settled();
    const wait = clock.waiting()[0] ?? 0;
    gaps.push(wait);
    await clock.advance(wait);
    await settled();
  }
  assert.deepEqual(gaps, [800, 1600, 3200, 6400]);
});

test("410 in an event costs one read at once", async (t) => {
  const { server, log, relists } = start(t);
  await settled();
  server.watch.send("ADDED", pod("a", "1"));
  server.watch.bookmark("5", true);
  await settled();
  server.watch.send("ERROR", expired);
  await settled();
  assert.equal(server.watches.length, 2);
  server.watch.send("ADDED", pod("b", "7"));
  server.watch.bookmark("8", true);
  await settled();
  assert.deepEqual(log, ["all a", "all b"]);
  assert.equal(await relists("expired"), 1);
});

test("410 as the answer means a read from etcd, not from a cache that may be as old", async (t) => {
  const { server, clock } = start(t, { watchList: false });
  server.list = () => listOf([pod("a", "1")], "5");
  await settled();
  server.refuse = (request) => {
    if (request.query?.["resourceVersion"] === "5") throw statusError(410, "Expired");
  };
  server.watch.end();
  await clock.advance(1000);
  assert.equal(server.lists[1]?.query?.["resourceVersion"], undefined);
  assert.equal(server.lists[1]?.query?.["limit"], 500);
});

test("reads after each of which the server ends the watch, and then has forgotten where it was, come ever more rarely", async (t) => {
  const { server, clock } = start(t);
  await settled();
  const isReading = (): boolean => server.watch.request.query?.["sendInitialEvents"] === true;
  const waits: number[] = [];
  for (let read = 0; read < 4; read += 1) {
    await clock.advance(2_000);
    server.watch.bookmark("5", true);
    await settled();
    server.watch.end();
    await settled();
    let waited = 0;
    while (isReading()) {
      const wait = clock.waiting()[0] ?? 0;
      waited += wait;
      await clock.advance(wait);
      await settled();
    }
    server.watch.send("ERROR", expired);
    await settled();
    while (!isReading()) {
      const wait = clock.waiting()[0] ?? 0;
      waited += wait;
      await clock.advance(wait);
      await settled();
    }
    waits.push(waited);
  }
  assert.deepEqual(
    waits.map((wait, n) => wait > (waits[n - 1] ?? 0)),
    [true, true, true, true],
    waits.join(" "),
  );
});

test("410 again and again is not a hot loop", async (t) => {
  const { server, clock } = start(t);
  await settled();
  server.watch.bookmark("5", true);
  await settled();
  server.refuse = () => {
    throw statusError(410, "Expired");
  };
  server.watch.end();
  await clock.advance(60_000);
  assert.ok(server.watches.length < 12, `${server.watches.length} watches in a minute`);
});

test("a read that broke off is never seen", async (t) => {
  const { server, clock, log } = start(t);
  await settled();
  server.watch.send("ADDED", pod("a", "1"));
  server.watch.fail(new Error("ECONNRESET"));
  await clock.advance(1000);
  server.watch.send("ADDED", pod("b", "2"));
  server.watch.bookmark("5", true);
  await settled();
  assert.deepEqual(log, ["all b"]);
});

test("a server that ends the stream twice without the closing bookmark is listed", async (t) => {
  const { server, clock, log } = start(t);
  server.list = () => listOf([pod("a", "1")], "5");
  await settled();
  for (const waitMs of [1_000, 2_000]) {
    assert.deepEqual(log, []);
    server.watch.send("ADDED", pod("a", "1"));
    server.watch.end();
    await clock.advance(waitMs);
  }
  assert.deepEqual(log, ["all a"]);
});

test("a reader that could not keep up with its first read gets another stream, and no list", async (t) => {
  const { server, clock, log } = start(t);
  await settled();
  server.watch.send("ADDED", pod("a", "1"));
  server.watch.end();
  await clock.advance(1_000);
  assert.equal(server.watch.request.query?.["sendInitialEvents"], true);
  server.watch.send("ADDED", pod("a", "1"));
  server.watch.bookmark("5", true);
  await settled();
  assert.deepEqual([log, server.lists.length], [["all a"], 0]);
});

test("contact is the time of the last word of the server", async (t) => {
  const { server, clock, reflector } = start(t);
  await settled();
  assert.equal(reflector.lastContactMs, undefined);
  await clock.advance(10);
  server.watch.bookmark("5", true);
  await settled();
  assert.equal(reflector.lastContactMs, 10);
  await clock.advance(60_000);
  assert.equal(reflector.lastContactMs, 10);
  server.watch.bookmark("6");
  await settled();
  assert.equal(reflector.lastContactMs, 60_010);
});

test("the signal ends it, also in the middle of a wait", async (t) => {
  const { server, clock, controller, done } = start(t);
  await settled();
  server.watch.fail(new Error("ECONNRESET"));
  await settled();
  controller.abort();
  await done;
  assert.deepEqual(clock.waiting(), []);
});
