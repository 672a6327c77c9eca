import assert from "node:assert/strict";
import { test } from "node:test";
import { UplinkGateways } from "#src/controllers/uplinks/uplink-gateways.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

test("the nodes of an Uplink are watched by its selector, and by another one as soon as it changes", async (t) => {
  const client = new FakeWatchServer();
  const told: string[] = [];
  const gateways = new UplinkGateways({
    client,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
    published: undefined,
    gatewaySelector: "edge=yes",
    onChange: (uid) => told.push(uid),
  });
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
  });
  const all = () => true;
  const west = { matchLabels: { way: "west" } };
  assert.equal(gateways.selectorOf(undefined), "edge=yes");
  assert.equal(gateways.carriersOf("u1", west, all, stop.signal), undefined);
  await settled();
  assert.equal(client.watch.request.query?.["labelSelector"], "way=west");
  client.watch.send("ADDED", { metadata: { name: "n1", uid: "n1", resourceVersion: "1" } });
  client.watch.bookmark("1", true);
  await settled();
  const found = { selector: "way=west", chassis: ["n1"], lacking: [], absent: [] };
  assert.deepEqual([gateways.carriersOf("u1", west, all, stop.signal), told], [found, ["u1"]]);
  assert.deepEqual(
    gateways.carriersOf("u1", west, () => false, stop.signal),
    { ...found, chassis: [], lacking: ["n1"], absent: ["n1"] },
    "a node without the wire is selected and carries nothing",
  );
  assert.equal(gateways.carriersOf("u1", undefined, all, stop.signal), undefined);
  await settled();
  assert.equal(client.watch.request.query["labelSelector"], "edge=yes");
  assert.equal(gateways.carriersOf("u1", {}, all, stop.signal), undefined);
  await settled();
  assert.equal(client.watch.request.query["labelSelector"], "", "a selector without requirements selects all nodes");
});
