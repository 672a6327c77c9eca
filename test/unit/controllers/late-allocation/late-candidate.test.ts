import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { askingUnseen, judgeLate } from "#src/controllers/late-allocation/late-candidate.ts";

const { request, earlyRequest, multusNetworks, result, token, allocation } = annotationKeys;
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

test("a pod that is on a node only gets an Event", () => {
  assert.equal(judge({}, { nodeName: "worker" }), "tell");
});

test("a pod may ask by Multus selections, which a request overrules", () => {
  const selecting = { [multusNetworks.key]: "blue-net" };
  assert.equal(askingUnseen(pod({ annotations: selecting })), "by selections");
  assert.equal(askingUnseen(pod({ annotations: { ...selecting, ...asking } })), "by request");
  assert.equal(askingUnseen(pod({ annotations: { [multusNetworks.key]: "" } })), undefined);
  assert.equal(askingUnseen(pod({ annotations: { ...selecting, [result.key]: "[]" } })), undefined);
  assert.equal(judge({ annotations: selecting }), "allocate");
});

test("a pod that asks for nothing, or has anything that the webhook writes, was not missed", () => {
  assert.equal(askingUnseen(pod({ annotations: {} })), undefined);
  assert.equal(askingUnseen(pod({ annotations: { ...asking, [result.key]: "[]" } })), undefined);
  assert.equal(askingUnseen(pod({ annotations: { ...asking, [token.key]: "dry-run" } })), undefined);
  assert.equal(askingUnseen(pod({ labels: { [allocation.key]: "A" } })), undefined);
  assert.equal(judge({ annotations: {} }), "leave");
});

test("a pod of an excluded namespace, one that is being deleted and one that has ended are left", () => {
  assert.equal(judge({ namespace: "left-alone" }), "leave");
  assert.equal(judge({ deletionTimestamp: "2026-01-01T00:00:00Z" }), "leave");
  assert.equal(judge({}, { nodeName: "worker" }, { phase: "Succeeded" }), "leave");
});
