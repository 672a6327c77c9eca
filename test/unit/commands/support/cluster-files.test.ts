import assert from "node:assert/strict";
import { test } from "node:test";
import { addClusterFiles, podFactsOf } from "#src/commands/support/cluster-files.ts";
import { FakeApiClient } from "#test/fakes/kube/fake-api-client.ts";

test("no Secret is ever asked for", async () => {
  const client = new FakeApiClient(() => ({ items: [] }));
  const written: string[] = [];
  const bundle = {
    add: async (file: string, read: () => Promise<unknown>) => {
      written.push(file);
      await read();
    },
  };
  await addClusterFiles(bundle, client, "ovn4nfv-system", {});
  assert.ok(client.requests.length >= 10);
  assert.deepEqual(
    client.requests.filter(({ path }) => path.includes("secret")),
    [],
  );
  assert.ok(written.includes("cluster/pods.yaml"));
});

test("of a pod metadata with our annotations, node and phase are taken, and nothing of its spec", () => {
  const pod = {
    metadata: {
      name: "web",
      labels: { app: "web" },
      annotations: { "k8s.plugin.opnfv.org/nfn-network": "{}", "example.org/license": "hunter2" },
    },
    spec: { nodeName: "n1", containers: [{ name: "c", args: ["--password", "hunter2"], env: [] }] },
    status: { phase: "Running", podIP: "10.0.0.1" },
  };
  assert.deepEqual(podFactsOf({ items: [pod, { metadata: { name: "new" }, spec: {} }] }), [
    {
      metadata: { name: "web", labels: { app: "web" }, annotations: { "k8s.plugin.opnfv.org/nfn-network": "{}" } },
      nodeName: "n1",
      phase: "Running",
    },
    { metadata: { name: "new", annotations: {} }, nodeName: undefined, phase: undefined },
  ]);
});
