import assert from "node:assert/strict";
import { test } from "node:test";
import { StatefulSets, wantsReplica } from "#src/controllers/claims/stateful-sets.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const object = (replicas: number, resourceVersion: string, more: object = {}) => ({
  metadata: { name: "db", namespace: "default", uid: "u", resourceVersion, ...more },
  spec: { replicas },
});

test("sets are watched from the first need on, and tell when they want other replicas", async () => {
  const stop = new AbortController();
  const client = new FakeWatchServer();
  const changed: string[] = [];
  const parts = { client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const sets = new StatefulSets(parts, (key) => changed.push(key));
  const running = sets.run(stop.signal);
  await settled();
  assert.equal(client.watches.length, 0);
  sets.follow();
  await settled();
  client.watch.send("ADDED", object(3, "1"));
  client.watch.bookmark("1", true);
  client.watch.send("MODIFIED", object(3, "2", { labels: { a: "b" } }));
  client.watch.send("MODIFIED", object(2, "3"));
  await settled();
  assert.deepEqual(changed, ["default/db", "default/db"]);
  assert.deepEqual(sets.get("default/db")?.range, { start: 0, count: 2 });
  stop.abort();
  await running;
});

test("a set that is being deleted wants no replica", () => {
  const set = { namespace: "default", name: "db", uid: "u", isDeleting: false, range: { start: 0, count: 2 } };
  assert.deepEqual(
    [wantsReplica(set, 1), wantsReplica(set, 2), wantsReplica({ ...set, isDeleting: true }, 1)],
    [true, false, false],
  );
});
