import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

interface Seen {
  readonly name: string;
  readonly version: string;
  readonly allocation: string | undefined;
}

function project(raw: KubeObject): Seen {
  if (raw.metadata.labels?.["broken"] !== undefined) throw new Error("cannot be projected");
  const { name, resourceVersion, labels } = raw.metadata;
  return { name, version: resourceVersion, allocation: labels?.["allocation"] };
}

function start(t: TestContext) {
  const server = new FakeWatchServer();
  const clock = new ManualClock();
  const metrics = createMetrics();
  const informer = new Informer({
    name: "pods",
    client: server,
    resource: resources.pods,
    clock,
    logger: silentLogger,
    metrics,
    random: () => 0,
    project,
    indexers: { allocation: (seen: Seen) => (seen.allocation === undefined ? [] : [seen.allocation]) },
  });
  const log: string[] = [];
  const handler: InformerHandler<Seen> = {
    added: (object) => log.push(`+${object.name}@${object.version}`),
    updated: (old, object) => log.push(`~${object.name}@${old.version}>${object.version}`),
    deleted: (object) => log.push(`-${object.name}@${object.version}`),
  };
  const controller = new AbortController();
  const done = informer.run(controller.signal);
  t.after(async () => {
    controller.abort();
    await done;
  });
  const errors = async (): Promise<number> => {
    const metric = metrics.registry.getSingleMetric("ovn4nfv_kube_informer_handler_errors_total");
    return (await metric?.get())?.values[0]?.value ?? 0;
  };
  return { server, clock, informer, log, handler, controller, errors };
}

async function first(server: FakeWatchServer, ...pods: readonly object[]): Promise<void> {
  await settled();
  for (const one of pods) server.watch.send("ADDED", one);
  server.watch.bookmark("100", true);
  await settled();
}

test("handlers see the first read, then each change with its old state", async (t) => {
  const { server, informer, log, handler } = start(t);
  informer.addHandler(handler);
  await first(server, pod("a", "1"));
  server.watch.send("ADDED", pod("b", "101"));
  server.watch.send("MODIFIED", pod("a", "102"));
  server.watch.send("DELETED", pod("b", "103"));
  await settled();
  assert.deepEqual(log, ["+a@1", "+b@101", "~a@1>102", "-b@103"]);
});

test("a late handler first sees what is there, and nothing after it was taken away", async (t) => {
  const { server, informer, log, handler } = start(t);
  await first(server, pod("a", "1"));
  const remove = informer.addHandler(handler);
  remove();
  server.watch.send("ADDED", pod("b", "101"));
  await settled();
  assert.deepEqual(log, ["+a@1"]);
});

test("synced means that the first read was handed to the handlers", async (t) => {
  const { server, informer, log, handler } = start(t);
  informer.addHandler(handler);
  const synced = informer.whenSynced().then(() => [...log]);
  assert.equal(informer.hasSynced, false);
  await first(server, pod("a", "1"));
  assert.deepEqual(await synced, ["+a@1"]);
  assert.equal(informer.hasSynced, true);
  await informer.whenSynced();
});

test("waiting for the first read ends with the caller's deadline", async (t) => {
  const { clock, informer } = start(t);
  const waiting = informer.whenSynced({ deadlineMs: 1000 });
  const rejected = assert.rejects(waiting, { code: "DeadlineExceeded" });
  await clock.advance(1000);
  await rejected;
});

test("a new read finds what was added, changed and deleted unseen, and leaves everything else alone", async (t) => {
  const { server, informer, log, handler } = start(t);
  await first(server, pod("a", "1"), pod("b", "2"), pod("c", "3"));
  informer.addHandler(handler);
  log.length = 0;
  server.watch.send("ERROR", { kind: "Status", code: 410, reason: "Expired" });
  await settled();
  await first(server, pod("a", "1"), pod("b", "50"), pod("d", "60"));
  assert.deepEqual(log, ["-c@3", "~b@2>50", "+d@60"]);
});

test("a pod re-created under its name is deleted, then added", async (t) => {
  const { server, informer, log, handler } = start(t);
  await first(server, pod("web-0", "1", { uid: "u1" }));
  informer.addHandler(handler);
  server.watch.send("ERROR", { kind: "Status", code: 410, reason: "Expired" });
  await settled();
  await first(server, pod("web-0", "50", { uid: "u2" }));
  assert.deepEqual(log, ["+web-0@1", "-web-0@1", "+web-0@50"]);
});

test("an index that is added later finds what is there and what comes, and not what goes or changes", async (t) => {
  const { server, informer } = start(t);
  await first(server, pod("a", "1"), pod("b", "2"));
  const byFirst = informer.indexBy(({ name, allocation }) => [allocation ?? name.slice(0, 1)]);
  const found = (value: string) => [...byFirst(value)].map(({ name }) => name);
  server.watch.send("ADDED", pod("apple", "101"));
  await settled();
  assert.deepEqual([found("a"), found("b"), found("c")], [["a", "apple"], ["b"], []]);
  server.watch.send("DELETED", pod("a", "102", { labels: { allocation: "x" } }));
  server.watch.send("MODIFIED", pod("b", "103", { labels: { allocation: "x" } }));
  await settled();
  assert.deepEqual([found("a"), found("b"), found("x")], [["apple"], [], ["b"]]);
});

test("objects are found by index, and no longer once the value changed", async (t) => {
  const { server, informer } = start(t);
  await first(server, pod("a", "1", { labels: { allocation: "x" } }), pod("b", "2", { labels: { allocation: "x" } }));
  assert.deepEqual(
    informer.byIndex("allocation", "x").map((seen) => seen.name),
    ["a", "b"],
  );
  server.watch.send("MODIFIED", pod("a", "101"));
  server.watch.send("DELETED", pod("b", "102", { labels: { allocation: "x" } }));
  await settled();
  assert.deepEqual(informer.byIndex("allocation", "x"), []);
  assert.equal(informer.size, 1);
  assert.equal(informer.get("default/a")?.version, "101");
  assert.deepEqual(
    [...informer.values()].map((seen) => seen.name),
    ["a"],
  );
});

test("a handler that throws stops neither the others nor the informer", async (t) => {
  const { server, informer, log, handler, errors } = start(t);
  informer.addHandler({
    added() {
      throw new Error("defect");
    },
  });
  informer.addHandler(handler);
  await first(server, pod("a", "1"), pod("b", "2"));
  assert.deepEqual(log, ["+a@1", "+b@2"]);
  assert.equal(await errors(), 2);
});

test("an object that cannot be projected keeps its last known state and never looks deleted", async (t) => {
  const { server, informer, log, handler, errors } = start(t);
  informer.addHandler(handler);
  await first(server, pod("a", "1"));
  server.watch.send("ERROR", { kind: "Status", code: 410, reason: "Expired" });
  await settled();
  await first(server, pod("a", "50", { labels: { broken: "yes" } }));
  assert.deepEqual(log, ["+a@1"]);
  assert.equal(informer.get("default/a")?.version, "1");
  assert.equal(await errors(), 1);
});
