import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { resources } from "#src/kube/client/resources.ts";
import { InstalledInformer } from "#src/kube/informer/installed-informer.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const crd = { metadata: { name: "ipamclaims.k8s.cni.cncf.io", uid: "crd", resourceVersion: "2" } };
const claim = { metadata: { name: "a", namespace: "default", uid: "u", resourceVersion: "3" } };

test("objects are known while the cluster has their CRD, whenever that comes and goes", async () => {
  const client = new FakeWatchServer();
  const added: string[] = [];
  const informer = new InstalledInformer({
    client,
    name: "claims",
    resource: resources.ipamClaims,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
    project: ({ metadata }) => metadata.name,
    indexers: {},
    handler: { added: (name) => added.push(name) },
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await settled();
  const definitions = client.watch;
  assert.match(String(definitions.request.query?.["fieldSelector"]), /ipamclaims\.k8s\.cni\.cncf\.io/);
  definitions.bookmark("1", true);
  await informer.whenSynced({});
  assert.deepEqual([informer.isInstalled, [...informer.values()], informer.get("default/a")], [false, [], undefined]);
  definitions.send("ADDED", crd);
  await settled();
  client.watch.send("ADDED", claim);
  client.watch.bookmark("4", true);
  await informer.whenSynced({});
  assert.deepEqual([informer.isInstalled, informer.get("default/a"), added], [true, "a", ["a"]]);
  definitions.send("DELETED", crd);
  await settled();
  assert.deepEqual([informer.isInstalled, [...informer.values()]], [false, []]);
  stop.abort();
  await running;
});
