import assert from "node:assert/strict";
import { test } from "node:test";
import { isGone } from "#src/kube/client/api-error.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type WatchEvent, type WatchRequest, watchCollection } from "#src/kube/informer/watch.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const request: WatchRequest = {
  resource: resources.pods,
  resourceVersion: "7",
  sendInitialEvents: false,
  timeoutSeconds: 300,
  labelSelector: "l",
};

function open(change: Partial<WatchRequest> = {}) {
  const server = new FakeWatchServer();
  const clock = new ManualClock();
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of watchCollection(server, { ...request, ...change }, { clock, signal: controller.signal }))
      events.push(event);
  };
  const ended = run();
  ended.catch(() => undefined);
  return { server, clock, controller, events, ended };
}

test("a watch asks for bookmarks and an end, and goes on from its resourceVersion", async () => {
  const { server, ended } = open();
  server.watch.end();
  await ended;
  assert.deepEqual(server.watch.request.query, {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: "7",
    timeoutSeconds: 300,
    labelSelector: "l",
    fieldSelector: undefined,
  });
});

test("a watch with initial events asks for a state not older than now", async () => {
  const { server, ended } = open({ sendInitialEvents: true, resourceVersion: "" });
  server.watch.end();
  await ended;
  const query = server.watch.request.query;
  assert.equal(query?.["sendInitialEvents"], true);
  assert.equal(query["resourceVersionMatch"], "NotOlderThan");
  assert.equal(query["resourceVersion"], undefined);
});

test("events and bookmarks come in order", async () => {
  const { server, events, ended } = open();
  server.watch.send("ADDED", pod("a", "8"));
  server.watch.send("MODIFIED", pod("a", "9"));
  server.watch.bookmark("12");
  server.watch.bookmark("13", true);
  server.watch.send("DELETED", pod("a", "14"));
  server.watch.end();
  await ended;
  assert.deepEqual(events, [
    { type: "ADDED", object: pod("a", "8") },
    { type: "MODIFIED", object: pod("a", "9") },
    { type: "BOOKMARK", resourceVersion: "12", initialEventsEnd: false },
    { type: "BOOKMARK", resourceVersion: "13", initialEventsEnd: true },
    { type: "DELETED", object: pod("a", "14") },
  ]);
});

test("an ERROR event is the error that it carries", async () => {
  const { server, ended } = open();
  server.watch.send("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
  await assert.rejects(ended, (error) => isGone(error));
});

test("a connection that breaks is an error, not an end", async () => {
  const { server, ended } = open();
  server.watch.fail(new Error("ECONNRESET"));
  await assert.rejects(ended, { code: "KubeApiError" });
});

const nonsense = [
  ["no JSON", "PING", null],
  ["BOOKMARK without a moment", "BOOKMARK", { metadata: {} }],
  ["object without metadata", "ADDED", {}],
] as const;
for (const [title, type, object] of nonsense) {
  test(`nonsense on the wire is a ProtocolError: ${title}`, async () => {
    const { server, ended } = open();
    server.watch.send(type, object);
    await assert.rejects(ended, { code: "ProtocolError" });
  });
}

test("a server that does not end the watch when it promised is taken for dead", async () => {
  const { clock, ended } = open();
  await clock.advance(329_999);
  assert.deepEqual(clock.waiting(), [1]);
  await clock.advance(1);
  await assert.rejects(ended, { code: "DeadlineExceeded" });
});

test("the caller's signal ends the watch and leaves no timer", async () => {
  const { clock, controller, ended } = open();
  await settled();
  controller.abort();
  await assert.rejects(ended, { code: "Aborted" });
  assert.deepEqual(clock.waiting(), []);
});
