import assert from "node:assert/strict";
import { type TestContext, describe, it } from "node:test";
import { LabelledNamespaces } from "#src/controllers/holds/labelled-namespaces.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

function start(t: TestContext) {
  const client = new FakeWatchServer();
  const parts = { client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const namespaces = new LabelledNamespaces(parts);
  const stop = new AbortController();
  const running = namespaces.run(stop.signal);
  t.after(() => {
    stop.abort();
  });
  return { client, namespaces, stop, running };
}

const namespace = (name: string, resourceVersion: string, labels: object, annotations: object = {}) => {
  return { metadata: { name, uid: name, resourceVersion, labels, annotations } };
};

describe("the labels of namespaces", () => {
  it("are watched by nobody before they decide something, and once for all who need them", async (t) => {
    const { client, namespaces, stop, running } = start(t);
    await settled();
    assert.equal(client.watches.length, 0);
    const following = [namespaces.follow(() => {}, {}), namespaces.follow(() => {}, {})];
    await settled();
    client.watch.send("ADDED", namespace("shop", "1", { team: "a" }));
    client.watch.bookmark("1", true);
    await Promise.all(following);
    assert.deepEqual([namespaces.of("shop"), namespaces.of("bank")], [{ team: "a" }, {}]);
    assert.equal(client.watches.length, 1);
    stop.abort();
    await running;
  });

  it("are told to each listener when they change, and when a namespace comes", async (t) => {
    const { client, namespaces } = start(t);
    const [first, second]: string[][] = [[], []];
    const listeners = [first, second].map((told) => (name: string) => {
      told?.push(`${name} ${JSON.stringify(namespaces.of(name))}`);
    });
    const following = listeners.map((listener) => namespaces.follow(listener, {}));
    await settled();
    client.watch.bookmark("1", true);
    await Promise.all(following);
    client.watch.send("ADDED", namespace("shop", "2", { team: "a" }));
    client.watch.send("MODIFIED", namespace("shop", "3", { team: "a" }, { note: "no label" }));
    client.watch.send("MODIFIED", namespace("shop", "4", {}));
    await settled();
    for (const told of [first, second]) assert.deepEqual(told, ['shop {"team":"a"}', "shop {}"]);
  });
});
