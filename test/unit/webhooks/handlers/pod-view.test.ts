import assert from "node:assert/strict";
import { test } from "node:test";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { podView } from "#webhooks/handlers/pod-view.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", annotations: { a: "b" }, finalizers: ["c"], managedFields: [{ manager: "kubectl" }] },
  spec: {
    hostNetwork: true,
    nodeName: "n",
    restartPolicy: "Never",
    nodeSelector: { zone: "a" },
    containers: [{ name: "web" }],
  },
  status: { phase: "Pending" },
};

test("containers and managed fields are let go, and what is read of a pod stays", () => {
  const seen = podView(pod);
  assert.deepEqual(readPod(seen), readPod(pod));
  assert.ok(!JSON.stringify(seen).includes("containers"));
  assert.ok(!JSON.stringify(seen).includes("managedFields"));
  assert.deepEqual(podView(seen), seen);
});

test("what is no pod stays as it is, so that its refusal names the fault", () => {
  for (const wrong of [{ metadata: [] }, { metadata: {}, spec: "x" }, {}]) assert.equal(podView(wrong), wrong);
});
