import assert from "node:assert/strict";
import { test } from "node:test";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import type { JsonObject, JsonValue } from "#src/api/text/json-value.ts";
import { setReadinessGate } from "#src/pods/patch/readiness-gate.ts";
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
    readinessGates: [
      { conditionType: "example.com/balanced" },
      { conditionType: "k8s.plugin.opnfv.org/networks-ready" },
    ],
    containers: [{ name: "web" }],
  },
  status: { phase: "Pending" },
};

test("containers and managed fields are let go, and what is read of a pod stays", () => {
  const seen = podView(pod);
  assert.deepEqual(readPod(seen), readPod(pod));
  assert.equal(readPod(seen).spec.waitsForNetworks, true);
  assert.ok(!JSON.stringify(seen).includes("containers"));
  assert.ok(!JSON.stringify(seen).includes("managedFields"));
  assert.deepEqual(podView(seen), seen);
});

test("a pod with the readiness gate of somebody else gets ours behind it, as the webhook sees the pod", () => {
  const other = { conditionType: "example.com/balanced" };
  const patch = new JsonPatch(podView({ metadata: {}, spec: { readinessGates: [{ ...other, unread: "x" }] } }));
  setReadinessGate(patch);
  const value = { conditionType: "k8s.plugin.opnfv.org/networks-ready" };
  assert.deepEqual(patch.operations(), [{ op: "add", path: "/spec/readinessGates/-", value }]);
});

test("gates that are no gates stay as they are", () => {
  const gatesIn = (readinessGates: JsonValue) => podView({ metadata: {}, spec: { readinessGates } })["spec"];
  for (const wrong of [null, "x", [1, null], [{}]]) {
    assert.deepEqual((gatesIn(wrong) as JsonObject)["readinessGates"], wrong);
  }
});

test("what is no pod stays as it is, so that its refusal names the fault", () => {
  for (const wrong of [{ metadata: [] }, { metadata: {}, spec: "x" }, {}]) assert.equal(podView(wrong), wrong);
});
