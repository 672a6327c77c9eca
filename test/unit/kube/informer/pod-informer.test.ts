import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { parseKubeObject } from "#src/kube/client/kube-object.ts";
import { createPodInformer, projectPod } from "#src/kube/informer/pod-informer.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const { allocation, request, result, token } = annotationKeys;

function allocated(name: string, id: string, text = "x"): object {
  return {
    ...pod(name, "1", {
      labels: { app: "web", [allocation.key]: id },
      annotations: { [request.key]: "r", [result.key]: text, [token.key]: "t", "kubectl.kubernetes.io/last": "long" },
      managedFields: [{ manager: "kubectl" }],
    }),
    spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
    status: { phase: "Running", conditions: [] },
  };
}

test("of a pod only the fields and keys that we read are kept", () => {
  const kept = projectPod(parseKubeObject(allocated("web-1", "A")));
  assert.deepEqual(kept.metadata.annotations, { [request.key]: "r", [result.key]: "x", [token.key]: "t" });
  assert.deepEqual(kept.metadata.labels, { [allocation.key]: "A" });
  assert.equal(kept.spec.nodeName, "n1");
  assert.equal(kept.status.phase, "Running");
  assert.doesNotMatch(JSON.stringify(kept), /managedFields|containers|conditions/);
});

test("the marks of a virtual machine are kept as well, for they say which of its pods has its addresses", () => {
  const labels = {
    "kubevirt.io": "virt-launcher",
    "kubevirt.io/created-by": "vmi",
    "kubevirt.io/migrationJobUID": "job",
  };
  const annotations = { "kubevirt.io/migration-target-ready-timestamp": "now" };
  const kept = projectPod(parseKubeObject(pod("launcher", "1", { labels, annotations })));
  assert.deepEqual([kept.metadata.labels, kept.metadata.annotations], [labels, annotations]);
});

test("labelled pods are watched and found by allocation and by claim; an agent asks for those of its node", async () => {
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const [server, nodeServer] = [new FakeWatchServer(), new FakeWatchServer()];
  const stop = new AbortController();
  const informer = createPodInformer({ ...parts, client: server });
  const done = [informer, createPodInformer({ ...parts, client: nodeServer, nodeName: "n1" })].map((one) =>
    one.run(stop.signal),
  );
  await settled();
  server.watch.send("ADDED", allocated("web-1", "A"));
  server.watch.send("ADDED", allocated("web-2", "B", '{"interfaces":[{"claim":"one"},{"claim":"two"}]}'));
  server.watch.bookmark("9", true);
  await settled();
  assert.deepEqual(
    informer.byIndex("allocation", "B").map((one) => one.metadata.name),
    ["web-2"],
  );
  const holders = ["default/one", "default/two", "default/tw", "other/one"].map(
    (key) => informer.byIndex("claim", key).length,
  );
  assert.deepEqual(holders, [1, 1, 0, 0]);
  assert.equal(server.watch.request.query?.["labelSelector"], allocation.key);
  assert.equal(server.watch.request.query["fieldSelector"], undefined);
  assert.equal(nodeServer.watch.request.query?.["fieldSelector"], "spec.nodeName=n1");
  stop.abort();
  await Promise.all(done);
});
