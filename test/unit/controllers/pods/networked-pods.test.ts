import assert from "node:assert/strict";
import { type TestContext, describe, it } from "node:test";
import { NetworkedPods } from "#src/controllers/pods/networked-pods.ts";
import type { NetworkedPod } from "#src/controllers/pods/networked-pod.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

function start(t: TestContext) {
  const client = new FakeWatchServer();
  const pods = new NetworkedPods({
    client,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  const stop = new AbortController();
  const running = pods.run(stop.signal);
  t.after(() => stop.abort());
  return { client, pods, stop, running };
}

function listener() {
  const told: string[] = [];
  const handler: InformerHandler<NetworkedPod> = {
    added: ({ name }) => told.push(`+${name}`),
    updated: (_, { name }) => told.push(`~${name}`),
    deleted: ({ name }) => told.push(`-${name}`),
  };
  return { told, handler };
}

describe("the pods that controllers share", () => {
  it("are watched by nobody before the first controller needs them, and once for all of them", async (t) => {
    const { client, pods } = start(t);
    await settled();
    assert.equal(client.watches.length, 0);
    const [first, second] = [listener(), listener()];
    const following = pods.follow(first.handler, {});
    await settled();
    assert.match(JSON.stringify(client.watch.request.query), /allocation/);
    client.watch.send("ADDED", pod("a", "1"));
    client.watch.bookmark("1", true);
    await following;
    await pods.follow(second.handler, {});
    await pods.follow(second.handler, {});
    client.watch.send("ADDED", pod("b", "2"));
    client.watch.send("DELETED", pod("a", "3"));
    await settled();
    for (const { told } of [first, second]) assert.deepEqual(told, ["+a", "+b", "-a"]);
    assert.equal(client.watches.length, 1);
  });

  it("are found by namespace, by UID, and by what one of the controllers adds", async (t) => {
    const { client, pods } = start(t);
    const following = pods.follow({}, {});
    await settled();
    client.watch.send("ADDED", pod("a", "1", { labels: { app: "web" } }));
    client.watch.bookmark("1", true);
    await following;
    const byApp = pods.indexBy(({ labels }) => [labels["app"] ?? ""]);
    client.watch.send("ADDED", pod("b", "2", { labels: { app: "db" } }));
    await settled();
    const names = (found: Iterable<NetworkedPod>) => [...found].map(({ name }) => name);
    assert.deepEqual(names(pods.byIndex("namespace", "default")), ["a", "b"]);
    assert.deepEqual(names(pods.byIndex("uid", "uid-b")), ["b"]);
    assert.deepEqual([names(byApp("web")), names(byApp("db"))], [["a"], ["b"]]);
  });

  it("end with the signal, also when nobody has needed them", async (t) => {
    const { client, running, stop } = start(t);
    stop.abort();
    await running;
    assert.equal(client.watches.length, 0);
  });
});
