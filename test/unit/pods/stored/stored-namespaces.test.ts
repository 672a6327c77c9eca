import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { StoredNamespaces } from "#src/pods/stored/stored-namespaces.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const object = (name: string) => ({ metadata: { name, uid: name, resourceVersion: "1", labels: { team: name } } });

/** Namespaces over an API server that has those of `live`. The test writes what its informer sees. */
function setUp(t: TestContext, live: string[] = ["n"]) {
  const clock = new ManualClock();
  const reads: string[] = [];
  const client = new FakeWatchServer();
  client.list = ({ path }) => {
    const name = path.split("/").at(-1) ?? "";
    reads.push(name);
    if (!live.includes(name)) throw statusError(404, "NotFound");
    return object(name);
  };
  const stored = new StoredNamespaces({ client, clock, logger: silentLogger, metrics: createMetrics() });
  const stop = new AbortController();
  const running = stored.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  return { clock, client, reads, live, stored };
}

const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;

test("what is not in memory yet is confirmed by a live read, so that namespace and pod may come in one file", async (t) => {
  const { stored, reads } = setUp(t);
  assert.deepEqual(await stored.labels("n", {}), { team: "n" });
  assert.equal(await stored.labels("invented", {}), undefined);
  assert.deepEqual(reads, ["n", "invented"]);
});

test("what the informer has is not read live", async (t) => {
  const { stored, client, reads } = setUp(t, []);
  await settled();
  client.watch.send("ADDED", object("n"));
  client.watch.bookmark("1", true);
  await settled();
  assert.deepEqual(await stored.labels("n", {}), { team: "n" });
  assert.deepEqual(reads, []);
});

test("callers at the same time share one read, and its outcome is believed for a second", async (t) => {
  const { stored, reads, clock, live } = setUp(t);
  await Promise.all(Array.from({ length: 100 }, () => stored.labels("invented", {})));
  live.push("invented");
  const remembered = stored.labels("invented", {});
  await clock.advance(1_001);
  assert.equal(await remembered, undefined);
  assert.deepEqual(reads, ["invented"]);
  assert.deepEqual(await stored.labels("invented", {}), { team: "invented" });
  assert.equal(reads.length, 2);
});

test("a namespace that was asked for just before it was made is let in when the informer has it", async (t) => {
  const { stored, client } = setUp(t);
  assert.equal(await stored.labels("fresh", {}), undefined);
  const labels = stored.labels("fresh", {});
  await settled();
  client.watch.send("ADDED", object("fresh"));
  client.watch.bookmark("1", true);
  assert.deepEqual(await labels, { team: "fresh" });
});

test("no name that the API server would not take is read", async (t) => {
  const { stored, reads } = setUp(t);
  for (const name of ["", "a/b", "..", "A", "-a", "a".repeat(64)]) {
    assert.equal(await stored.labels(name, {}), undefined);
  }
  assert.deepEqual(reads, []);
});

test("five hundred invented names cost fifty reads at once and twenty in a second, and the others can be tried again", async (t) => {
  const { stored, reads, clock } = setUp(t);
  const asked = Array.from({ length: 500 }, (_, n) => stored.labels(`invented-${n.toString()}`, {}));
  const outcomes = Promise.allSettled(asked);
  await clock.advance(1_001);
  assert.equal(reads.length, 50);
  const refused = (await outcomes).filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 450);
  assert.ok(refused.every(({ reason }) => code("BackendUnavailable")(reason)));
  await Promise.allSettled(Array.from({ length: 20 }, (_, n) => stored.labels(`later-${n.toString()}`, {})));
  assert.equal(reads.length, 70);
});

test("while no more may be read, a namespace is let in as soon as the informer has it", async (t) => {
  const { stored, client } = setUp(t, []);
  await Promise.all(Array.from({ length: 50 }, (_, n) => stored.labels(`invented-${n.toString()}`, {})));
  const labels = stored.labels("fresh", {});
  await settled();
  client.watch.send("ADDED", object("fresh"));
  client.watch.bookmark("1", true);
  assert.deepEqual(await labels, { team: "fresh" });
});

test("a caller that gives up does not end the read of the others; faults of the API server are thrown", async () => {
  const clock = new ManualClock();
  const { promise, reject } = Promise.withResolvers<object>();
  const client = new FakeApiClient(() => promise);
  const stored = new StoredNamespaces({ client, clock, logger: silentLogger, metrics: createMetrics() });
  const first = assert.rejects(stored.labels("n", { deadlineMs: 50 }), code("DeadlineExceeded"));
  const second = assert.rejects(stored.labels("n", {}), code("KubeApiError"));
  await clock.advance(50);
  await first;
  reject(statusError(500, "InternalError"));
  await second;
});
