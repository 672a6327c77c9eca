import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayWatch } from "#src/controllers/topology/gateway-watch.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

test("only nodes of the selector are read, and a change is reported when it changes the list", async (t) => {
  const client = new FakeWatchServer();
  let changes = 0;
  const parts = { client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const told = new Set<(node: string) => void>();
  const ids = new Map<string, string>();
  const refuted = new Set<string>();
  let isRead = true;
  const read = Promise.withResolvers<undefined>();
  const published = {
    of: (node: string) => (isRead ? (ids.get(node) ?? "") : undefined),
    whenSynced: () => read.promise,
    isRefuted: (node: string) => refuted.has(node),
    onChange: (listener: (node: string) => void) => {
      told.add(listener);
      return () => told.delete(listener);
    },
  };
  const onChange = () => (changes += 1);
  const watch = new GatewayWatch({ ...parts, selector: "edge=yes", published, onChange });
  await runDuring(t, (signal) => watch.run(signal));
  assert.equal(client.watch.request.query?.["labelSelector"], "edge=yes");
  const node = (name: string, version: string, more: object = {}) => ({
    metadata: { name, uid: name, resourceVersion: version, ...more },
  });
  client.watch.send("ADDED", node("n2", "1"));
  client.watch.send("ADDED", node("n1", "2"));
  client.watch.bookmark("2", true);
  await watch.whenSynced({});
  assert.deepEqual(watch.chassis, ["n1", "n2"]);
  const before = changes;
  client.watch.send("MODIFIED", node("n1", "3", { labels: { heartbeat: "4" } }));
  await settled();
  assert.equal(changes, before);
  client.watch.send("DELETED", node("n1", "4"));
  await settled();
  assert.deepEqual([watch.chassis, changes], [["n2"], before + 1]);
  ids.set("n2", "c-2");
  for (const tell of told) tell("n2");
  assert.deepEqual([watch.chassis, changes], [["c-2"], before + 2]);
  refuted.add("n2");
  for (const tell of told) tell("n2");
  assert.deepEqual(watch.chassis, [], "what is the chassis of another node is no gateway of this one");
  client.watch.send("ADDED", node("n3", "5", { annotations: { "k8s.plugin.opnfv.org/chassis": "c-3" } }));
  await settled();
  isRead = false;
  for (const tell of told) tell("n2");
  assert.equal(watch.chassis, undefined, "before agents were read, the name of a node is no guess");
  isRead = true;
  read.resolve(undefined);
  await settled();
  assert.deepEqual(watch.chassis, ["c-3"], "a node that has published nothing is known as well");
  isRead = false;
  for (const tell of told) tell("n2");
  client.watch.send("DELETED", node("n2", "6"));
  await settled();
  assert.deepEqual(watch.chassis, ["c-3"], "a person has written it");
});
