import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod-metadata.ts";
import { judgeLate, wasMissed } from "#src/controllers/late-allocation/late-candidate.ts";

const { request, earlyRequest, result, token, allocation } = annotationKeys;
const asking = { [request.key]: "{}" };

function pod(metadata: object = {}, spec: object = {}, status: object = {}) {
  return readPod({ metadata: { name: "web", namespace: "default", annotations: asking, ...metadata }, spec, status });
}

function judge(...parts: Parameters<typeof pod>) {
  return judgeLate(pod(...parts), new Set(["left-alone"]));
}

test("a pod that asks, has nothing and is on no node is allocated for, in both forms of the request", () => {
  assert.equal(judge(), "allocate");
  assert.equal(judge({ annotations: { [earlyRequest.key]: "[]" } }), "allocate");
});

test("a pod that is on a node is only told of", () => {
  assert.equal(judge({}, { nodeName: "worker" }), "tell");
});

test("a pod that asks for nothing, or has anything that the webhook writes, was not missed", () => {
  assert.equal(wasMissed(pod({ annotations: {} })), false);
  assert.equal(wasMissed(pod({ annotations: { ...asking, [result.key]: "[]" } })), false);
  assert.equal(wasMissed(pod({ annotations: { ...asking, [token.key]: "dry-run" } })), false);
  assert.equal(wasMissed(pod({ labels: { [allocation.key]: "A" } })), false);
  assert.equal(judge({ annotations: {} }), "leave");
});

test("a pod of an excluded namespace, one that is being deleted and one that has ended are left", () => {
  assert.equal(judge({ namespace: "left-alone" }), "leave");
  assert.equal(judge({ deletionTimestamp: "2026-01-01T00:00:00Z" }), "leave");
  assert.equal(judge({}, { nodeName: "worker" }, { phase: "Succeeded" }), "leave");
});
